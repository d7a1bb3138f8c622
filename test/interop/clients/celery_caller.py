"""Calls the tasks of celery_tasks.py, which a worker executes, and checks the results."""

from celery import chain, group

from celery_tasks import add, app, flaky

assert add.delay(2, 3).get(timeout=20) == 5
assert group(add.s(n, n) for n in range(20))().get(timeout=20) == [2 * n for n in range(20)]
assert chain(add.s(1, 2), add.s(10))().get(timeout=20) == 13
assert flaky.delay().get(timeout=20) == 2
assert add.apply_async((4, 5), countdown=0.5).get(timeout=20) == 9

replies = app.control.inspect(timeout=1.5).ping()
assert list(replies.values()) == [{"ok": "pong"}], replies

revoked = add.apply_async((1, 1), countdown=3600)
app.control.revoke(revoked.id)
stats = app.control.inspect(timeout=1.5).stats()
assert len(stats) == 1, stats
print("celery is content")
