"""Ways to fail whose signature must not depend on how the failure was told."""

from __future__ import annotations


class Cart:
    """Fail in a method, in functions inside of it, and in what has no name."""

    def plainly(self) -> None:
        raise ValueError("no price for order 17")

    def inside(self) -> None:
        def step() -> None:
            raise LookupError("no article 4")

        step()

    def in_a_comprehension(self) -> list[float]:
        return [1 / number for number in (1, 0)]

    def in_a_lambda(self) -> object:
        return sorted([1, 2], key=lambda number: number / 0)

    def with_a_secret(self) -> None:
        raise ValueError("cannot log in", {"password": "hunter2x"})

    def over_lines(self) -> None:
        raise ValueError(
            "order 18 has"
            " no price"
        )  # fmt: skip

    def with_a_cause(self) -> None:
        try:
            self.plainly()
        except ValueError as exc:
            raise LookupError("no such cart") from exc

    def while_handling(self) -> None:
        try:
            self.plainly()
        except ValueError:
            raise LookupError("no such cart")  # noqa: B904  # the point of it


CASES = [getattr(Cart(), name) for name in vars(Cart) if not name.startswith("_")]
