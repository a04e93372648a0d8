"""Runs date jobs of APScheduler at even, odd times, and prints how many microseconds late each began at its pool.

Arguments: how many jobs, how many a second.
"""
import json
import random
import sys
import threading
import time
from datetime import datetime, timezone

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

count, per_second = int(sys.argv[1]), float(sys.argv[2])
lateness = []
finished = threading.Event()


def note(due):
    lateness.append((time.time() - due) * 1e6)
    if len(lateness) == count:
        finished.set()


scheduler = BackgroundScheduler(
    executors={"default": ThreadPoolExecutor(2)},
    job_defaults={"misfire_grace_time": 60},
    timezone=timezone.utc,
)
numbers = random.Random(7)
start = time.time() + 1 + count * 0.002
scheduler.start(paused=True)
for index in range(count):
    due = start + (index + numbers.random()) / per_second
    scheduler.add_job(note, "date", run_date=datetime.fromtimestamp(due, timezone.utc), args=[due])
scheduler.resume()
finished.wait(60)
scheduler.shutdown()
print(json.dumps([round(one, 1) for one in lateness]))
