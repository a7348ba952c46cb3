/** Small projects without a Docker file, as people have them before they deploy for the first time: text by path. */
type Project = Readonly<Record<string, string>>

const settings = `import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = os.environ.get("DEBUG", "True") == "True"
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "orders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("DB_NAME", "shop"),
        "USER": os.environ.get("DB_USER", "shop"),
        "PASSWORD": os.environ.get("DB_PASSWORD", ""),
        "HOST": os.environ.get("DB_HOST", "localhost"),
        "PORT": os.environ.get("DB_PORT", "5432"),
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULE = {"count": {"task": "orders.tasks.count", "schedule": 1.0}}
`

const urls = `from django.contrib import admin
from django.http import HttpResponse, JsonResponse
from django.urls import path

from orders.models import Order
from orders.tasks import count


def queue(request):
    count.delay()
    return HttpResponse("queued")


urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", lambda request: HttpResponse("ok")),
    path("orders/", lambda request: JsonResponse({"orders": Order.objects.count()})),
    path("queue/", queue),
]
`

const migration = `from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(name="Order", fields=[("id", models.BigAutoField(primary_key=True, serialize=False))]),
    ]
`

const celery = `import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
`

/** PostgreSQL, and a scheduler that writes a row each second. */
export const djangoProject: Project = {
  'manage.py': `import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line(sys.argv)
`,
  // The image that other tests have, too.
  '.python-version': '3.11\n',
  'requirements.txt':
    'Django>=4.2,<6\ngunicorn>=20.1,<27\npsycopg2-binary>=2.9,<3\ncelery>=5.2,<6\nredis>=4.3,<9\n',
  'shop/__init__.py': 'from .celery import app as celery_app\n\n__all__ = ["celery_app"]\n',
  'shop/settings.py': settings,
  'shop/urls.py': urls,
  'shop/celery.py': celery,
  'shop/wsgi.py': `import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
`,
  'orders/__init__.py': '',
  'orders/models.py': 'from django.db import models\n\n\nclass Order(models.Model):\n    pass\n',
  'orders/tasks.py': `from celery import shared_task

from orders.models import Order


@shared_task
def count():
    Order.objects.create()
`,
  'orders/migrations/__init__.py': '',
  'orders/migrations/0001_initial.py': migration,
}

export const nodeProject: Project = {
  'package.json': JSON.stringify({
    name: 'hello',
    version: '1.0.0',
    scripts: { start: 'node server.js' },
    engines: { node: '24' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'hello',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: { '': { name: 'hello', version: '1.0.0' } },
  }),
  'server.js': `const { createServer } = require('node:http')
createServer((request, response) => {
  if (request.url === '/health') return response.end('ok')
  response.end('hello from ' + process.version)
}).listen(process.env.PORT ?? 3000)
`,
}

export const flaskProject: Project = {
  'requirements.txt': 'flask>=2.2\ngunicorn>=20.1,<27\n',
  '.python-version': '3.11\n',
  'app.py': `import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]


@app.get("/")
def index():
    return "hello"


@app.get("/health")
def health():
    return "ok"
`,
}
