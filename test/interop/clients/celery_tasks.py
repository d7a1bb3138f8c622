"""A Celery application: what the worker and the caller of the test share."""

import os

from celery import Celery

app = Celery("tasks", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_BACKEND"])
app.conf.update(
    result_persistent=False,
    broker_connection_retry=False,
    worker_prefetch_multiplier=4,
    task_acks_late=True,
    result_chord_retry_interval=0.2,
)


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def flaky(self):
    """Fails twice and is retried later: the broker sees an ETA each time."""
    if self.request.retries < 2:
        raise self.retry(countdown=0.3)
    return self.request.retries
