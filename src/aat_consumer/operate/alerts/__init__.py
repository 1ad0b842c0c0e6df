"""Tell people what they should know: rules over what the streams tell, grouped, delivered once.

The core (``happenings``, ``memory``, ``rules``, ``conditions``, ``ledger``, ``wording``) takes values, the
time among them; ``watching`` and the channels perform.
"""
