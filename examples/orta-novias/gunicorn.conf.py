from gunicorn.glogging import Logger

bind = "0.0.0.0:8000"
workers = 2
# Threads keep idle connections (a browser opens them in advance) from blocking a whole worker.
threads = 2
# Loaded once instead of by each worker, and an application that cannot be loaded ends the container at once.
preload_app = True

# Each is shorter than what waits for it: timeout < the gateway's proxy_read_timeout,
# graceful_timeout < stop_grace_period in docker-compose.production.yml.
timeout = 30
graceful_timeout = 20

# Workers prove that they live by touching a file; on a disk, slow I/O would make a live one look dead.
worker_tmp_dir = "/dev/shm"


class JsonLogger(Logger):
    """Gunicorn's own lines, in the same shape as the application's."""

    def setup(self, cfg):
        # Gunicorn puts the project on the import path only after it has read this file.
        from orta.logs import JsonFormatter

        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())


logger_class = JsonLogger
