"""Backtraces of Ruby."""

from __future__ import annotations

from tests.unit.signature.families import Family, at

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family, ...] = (
    Family(
        name="ruby_methods",
        members=(
            at(
                "a",
                "book 1 is missing",
                "/srv/shelf.rb:3:in `take': book 1 is missing (Shelf::Missing)\n\tfrom /srv/shelf"
                ".rb:13:in `<main>'\n",
            ),
            at(
                "a",
                "book 99 is missing (Shelf::Missing)",
                "/opt/x/shelf.rb:13:in `take': book 99 is missing (Shelf::Missing)\n\tfrom /opt/x"
                "/job.rb:13:in `run'\n",
            ),
            at(
                "a",
                "Shelf::Missing: book 99 is missing",
                "/opt/x/shelf.rb:13:in `block in take': book 99 is missing (Shelf::Missing)\n\tfr"
                "om /opt/x/shelf.rb:12:in `each'\n\tfrom /opt/x/shelf.rb:12:in `take'\n",
            ),
            at(
                "b",
                "book 1 is missing",
                "/srv/shelf.rb:3:in `put': book 1 is missing (Shelf::Missing)\n\tfrom /srv/shelf."
                "rb:13:in `<main>'\n",
            ),
            at(
                "c",
                "book 1 is missing",
                "/srv/shelf.rb:3:in `take': book 1 is missing (Shelf::Lost)\n\tfrom /srv/shelf.rb"
                ":13:in `<main>'\n",
            ),
        ),
    ),
    Family(
        name="ruby_34",
        members=(
            at(
                "a",
                "seat 7 taken",
                "/srv/hall.rb:3:in 'Hall#seat': seat 7 taken (RuntimeError)\n\tfrom /srv/hall.rb:"
                "5:in 'block in Hall#all'\n\tfrom /srv/hall.rb:5:in 'Array#each'\n",
            ),
            at(
                "a",
                "seat 8 taken",
                "/srv/hall.rb:13:in 'block (2 levels) in Hall#seat': seat 8 taken (RuntimeError)"
                "\n\tfrom /srv/hall.rb:15:in 'Hall#seat'\n",
            ),
            at("b", "seat 7 taken", "/srv/hall.rb:3:in 'Room#seat': seat 7 taken (RuntimeError)\n"),
        ),
    ),
    Family(
        name="ruby_builtin",
        members=(
            at(
                "a",
                'invalid value for Integer(): "abc"',
                '/srv/num.rb:7:in `Integer\': invalid value for Integer(): "abc" (ArgumentError)'
                "\n\tfrom /srv/num.rb:7:in `num'\n\tfrom /srv/num.rb:13:in `<main>'\n",
            ),
            at(
                "a",
                'invalid value for Integer(): "9x"',
                '/opt/num.rb:17:in `Integer\': invalid value for Integer(): "9x" (ArgumentError)'
                "\n\tfrom /opt/num.rb:17:in `num'\n\tfrom /opt/other.rb:13:in `x'\n",
            ),
            at(
                "b",
                'invalid value for Integer(): "abc"',
                '/srv/num.rb:9:in `Integer\': invalid value for Integer(): "abc" (ArgumentError)'
                "\n\tfrom /srv/num.rb:9:in `year'\n\tfrom /srv/num.rb:13:in `<main>'\n",
            ),
        ),
    ),
    Family(
        name="ruby_gems",
        members=(
            at(
                "a",
                "Couldn't find Order with 'id'=7",
                "/usr/local/bundle/gems/activerecord-7.1.2/lib/active_record/core.rb:284:in `find"
                "': Couldn't find Order with 'id'=7 (ActiveRecord::RecordNotFound)\n\tfrom /srv/a"
                "pp/models/cart.rb:9:in `order'\n\tfrom /usr/local/bundle/gems/rack-3.0/lib/rack."
                "rb:1:in `call'\n",
            ),
            at(
                "a",
                "Couldn't find Order with 'id'=912",
                "/usr/local/bundle/gems/activerecord-7.2.0/lib/active_record/core.rb:290:in `find"
                "': Couldn't find Order with 'id'=912 (ActiveRecord::RecordNotFound)\n\tfrom /opt"
                "/app/models/cart.rb:19:in `order'\n",
            ),
            at(
                "b",
                "Couldn't find Order with 'id'=7",
                "/usr/local/bundle/gems/activerecord-7.1.2/lib/active_record/core.rb:284:in `find"
                "': Couldn't find Order with 'id'=7 (ActiveRecord::RecordNotFound)\n\tfrom /srv/a"
                "pp/models/cart.rb:19:in `invoice'\n",
            ),
        ),
    ),
    Family(
        name="ruby_names",
        members=(
            at(
                "a",
                "undefined method `titel' for nil:NilClass",
                "/srv/n.rb:6:in `nom': undefined method `titel' for nil:NilClass (NoMethodError)"
                "\n\n  def nom(x) = x.titel\n                ^^^^^^\n\tfrom /srv/n.rb:9:in `<main"
                ">'\n",
            ),
            at(
                "b",
                "undefined method `pages' for nil:NilClass",
                "/srv/n.rb:6:in `nom': undefined method `pages' for nil:NilClass (NoMethodError)"
                "\n\tfrom /srv/n.rb:9:in `<main>'\n",
            ),
            at(
                "c",
                "uninitialized constant Shelf::Bok",
                "/srv/n.rb:6:in `nom': uninitialized constant Shelf::Bok (NameError)\n\tfrom /srv"
                "/n.rb:9:in `<main>'\n",
            ),
        ),
    ),
    Family(
        name="ruby_cause",
        members=(
            at(
                "a",
                "sync of 7 failed",
                "/srv/s.rb:9:in `rescue in sync': sync of 7 failed (SyncError)\n\tfrom /srv/s.rb:"
                "7:in `sync'\n/srv/s.rb:3:in `get': timeout (Net::ReadTimeout)\n\tfrom /srv/s.rb:"
                "8:in `sync'\n",
            ),
            at(
                "a",
                "sync of 8 failed",
                "/opt/s.rb:19:in `rescue in sync': sync of 8 failed (SyncError)\n\tfrom /opt/s.rb"
                ":17:in `sync'\n/opt/s.rb:13:in `get': timeout (Net::ReadTimeout)\n\tfrom /opt/s."
                "rb:18:in `sync'\n",
            ),
            at(
                "b",
                "sync of 7 failed",
                "/srv/s.rb:9:in `rescue in sync': sync of 7 failed (SyncError)\n\tfrom /srv/s.rb:"
                "7:in `sync'\n/srv/s.rb:3:in `get': refused (Errno::ECONNREFUSED)\n\tfrom /srv/s."
                "rb:8:in `sync'\n",
            ),
        ),
    ),
    Family(
        name="ruby_backtrace_alone",
        members=(
            at("a", "RuntimeError: pot 7 empty", "/srv/pot.rb:3:in `brew'\n/srv/pot.rb:9:in `<main>'"),
            at("a", "RuntimeError: pot 8 empty", "/opt/pot.rb:13:in `brew'\n/opt/cup.rb:9:in `fill'"),
            at("b", "RuntimeError: pot 7 empty", "/srv/pot.rb:3:in `boil'\n/srv/pot.rb:9:in `<main>'"),
        ),
    ),
)
