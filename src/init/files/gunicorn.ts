/**
 * Gunicorn's settings, which it reads by itself. A command in the JSON form cannot count CPUs.
 * Twelve is where Gunicorn's own documentation sees the end of the use of more workers.
 */
export function gunicornFile(port: number): string {
  return `import os
from pathlib import Path

bind = "0.0.0.0:${port}"


def cpus():
    """How many CPUs the container may use: all that there are, or the limit of compose.yaml, such as cpus: 1.5."""
    # A limit is a quota of time in each period, of which only the control group tells: version 2, then 1.
    for names in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        try:
            quota, period = " ".join(Path("/sys/fs/cgroup", name).read_text() for name in names).split()
        except OSError:
            continue
        if quota not in ("max", "-1"):
            return min(int(quota) / int(period), len(os.sched_getaffinity(0)))
    return len(os.sched_getaffinity(0))


# Two for each CPU and one more, up to what one machine makes use of. WEB_CONCURRENCY, in .env, decides otherwise.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(2 * cpus() + 1, 12))
# Threads keep idle connections from blocking a whole worker.
threads = 2
# Loaded once for all workers: less memory, and an app that cannot be loaded ends the container at once.
preload_app = True

# Each is shorter than what waits for it: the gateway's time-out, and stop_grace_period in compose.yaml.
timeout = 30
graceful_timeout = 20

# Workers prove that they live by touching a file; on a disk, slow I/O would make a live one look dead.
worker_tmp_dir = "/dev/shm"
`
}

/** @param hasOwn a settings file of the project's own, which may not say where to listen */
export function gunicornCommand(app: string, port: number, hasOwn: boolean): string[] {
  return hasOwn ? ['gunicorn', '--bind', `0.0.0.0:${port}`, app] : ['gunicorn', app]
}
