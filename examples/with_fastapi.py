"""Report the errors of a FastAPI application.

uvicorn --app-dir examples with_fastapi:app
curl http://127.0.0.1:8000/carts/7
"""

from fastapi import FastAPI, Request

from aat_reporters.asgi import ErrorReportMiddleware

app = FastAPI()
# NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
app.add_middleware(ErrorReportMiddleware)


@app.get("/carts/{number}")
def cart(request: Request, number: int) -> dict[str, int]:
    """Fail for every cart but the first."""
    request.scope["user"] = {"id": 42}
    prices = {1: 30}
    return {"price": prices[number]}
