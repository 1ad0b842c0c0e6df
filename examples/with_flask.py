"""Report the errors of a Flask application.

flask --app examples/with_flask run --port 8000
curl http://127.0.0.1:8000/carts/7
"""

from flask import Flask

from aat_reporters.flask import ErrorReports

errors = ErrorReports()


def create_app() -> Flask:
    """Make the application; FLASK_AAT__namespace and the like may set what the environment does not."""
    app = Flask(__name__)
    app.config.from_prefixed_env()
    # NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
    errors.init_app(app)
    app.add_url_rule("/carts/<int:number>", view_func=cart)
    return app


def cart(number: int) -> dict[str, int]:
    """Fail for every cart but the first."""
    prices = {1: 30}
    return {"price": prices[number]}
