"""Turn published error reports into reviewed fixes: the consumer behind the ``aat`` command."""
