import { execa } from 'execa'
import { docker, type Host, lines } from './host.ts'
import type { ComposeDraft, Project } from './project.ts'

/** A page that queues a task, the task, and a tick every second; each tells a list in Redis what it does. */
const shop = `
import json, os, socket, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
from celery import Celery
from celery.signals import after_task_publish

store = redis.Redis(host='redis')
app = Celery('shop', broker='redis://redis/0')
app.conf.beat_schedule = {'tick': {'task': 'shop.tick', 'schedule': 1.0}}
app.conf.broker_connection_retry_on_startup = True


def tell(event, task):
    own = {'release': int(os.environ['MUELLE_RELEASE']), 'container': socket.gethostname()}
    store.rpush('events', json.dumps({'event': event, 'task': task, 'at': time.time() * 1000, **own}))


@app.task(name='shop.work', bind=True)
def work(self):
    tell('started', self.request.id)
    time.sleep(1.2)
    tell('ended', self.request.id)


@app.task(name='shop.tick', bind=True)
def tick(self):
    tell('ticked', self.request.id)


@after_task_publish.connect(sender='shop.tick')
def told(headers, **_):
    tell('sent', headers['id'])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = (work.delay().id if self.path == '/task/' else 'fine').encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == '__main__':
    ThreadingHTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
`

const dockerfile = `FROM python:3.11-slim
WORKDIR /app
COPY shop.py VERSION ./
CMD ["python", "-u", "shop.py"]
`

/** Writes the project with a worker and a scheduler of Celery, and Redis as its broker. */
export async function writeCelery(
  project: Project,
  version: string,
  change: (file: ComposeDraft) => void = () => undefined,
): Promise<void> {
  await project.write(version, (file) => {
    const celery = (...words: string[]) => ({ build: '.', command: ['celery', '-A', 'shop', ...words] })
    file.services['worker'] = { ...celery('worker', '-c', '2'), stop_grace_period: '30s' }
    file.services['beat'] = celery('beat')
    file.services['redis'] = { image: 'redis:7-alpine' }
    change(file)
  })
  await project.writeFile('shop.py', shop)
  await project.writeFile('Dockerfile', dockerfile)
}

/** What a process of the app did. */
export interface Told {
  event: 'started' | 'ended' | 'ticked' | 'sent'
  /** Id of the task. */
  task: string
  /** Milliseconds since the epoch. */
  at: number
  release: number
  container: string
}

/** Everything that was told so far, in the order in which it reached Redis. */
export async function readTold(project: Project): Promise<Told[]> {
  const argv = ['exec', `${project.name}-redis-1`, 'redis-cli', '--raw', 'lrange', 'events', '0', '-1']
  return lines(await docker(...argv)).map((line) => JSON.parse(line) as Told)
}

/** Has tasks queued through the gateway, some each second, until `stop`, which gives the ids of them all. */
export function queueTasks(host: Host, project: Project, everyMs: number) {
  const asked: Promise<string>[] = []
  const ask = async (): Promise<string> => {
    const { status, body } = await host.get(project.domain, '/task/')
    return status === 200 ? body : `status ${status}`
  }
  const asking = setInterval(() => asked.push(ask()), everyMs)
  return {
    stop: () => {
      clearInterval(asking)
      return Promise.all(asked)
    },
  }
}

/** What Docker did with a container. */
export interface Deed {
  action: 'start' | 'kill' | 'die'
  service: string
  release: number
  container: string
  /** Milliseconds since the epoch. */
  at: number
}

/** Writes down what Docker does with the containers of an installation, until `stop`. */
export function watchDeeds({ instance }: Host) {
  const wanted = ['event=start', 'event=kill', 'event=die', `label=org.muelle.instance=${instance}`]
  const argv = ['events', '--format', '{{json .}}', ...wanted.flatMap((filter) => ['--filter', filter])]
  const running = execa('docker', argv, { reject: false })
  return {
    stop: async (): Promise<Deed[]> => {
      running.kill()
      return lines((await running).stdout).map(readDeed)
    },
  }
}

function readDeed(line: string): Deed {
  const { Action, Actor, timeNano } = JSON.parse(line) as {
    Action: Deed['action']
    Actor: { ID: string; Attributes: Record<string, string> }
    timeNano: number
  }
  const { 'org.muelle.service': service = '', 'org.muelle.release': release } = Actor.Attributes
  const container = Actor.ID.slice(0, 12)
  return { action: Action, service, release: Number(release), container, at: timeNano / 1e6 }
}
