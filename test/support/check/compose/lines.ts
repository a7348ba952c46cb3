/** Lines 2 to 4 of every file. */
export const web = `  web:
    build: .
    ports: ["8000:8000"]
`
export const db = `${web}  db:
    image: postgres:15
    volumes: ["data:/var/lib/postgresql/data"]
`
export const django = {
  Dockerfile: 'FROM python:3.11-slim\nUSER app\nCMD ["gunicorn", "shop.wsgi"]\n',
}
