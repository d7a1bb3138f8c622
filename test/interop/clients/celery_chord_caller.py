"""A chord: a task that runs when a group of others has ended, which Celery polls by retried tasks."""

from celery import chord

from celery_tasks import add, total

assert chord([add.s(n, n) for n in range(10)])(total.s()).get(timeout=20) == 90
print("the chord is content")
