"""Show issues, investigations, quarantine, queues and rates in a browser, live, from the streams alone.

``serving`` runs it, ``running`` keeps the history up to date, ``app`` has the pages, ``guard`` lets in only
who may look. Everything in a report is a stranger's text: templates escape it, ``wording`` shows what is
invisible, and no page loads or runs anything but our own two files.
"""
