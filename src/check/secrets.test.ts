import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isPlaceholder,
  isRandomSecret,
  isRealSecret,
  isSecretName,
  isWeakPassword,
  passwordInUrl,
} from './secrets.ts'

test('names tell secrets from settings about them', () => {
  for (const name of [
    'SECRET_KEY',
    'DB_PASSWORD',
    'PGPASSWORD',
    'STRIPE_API_KEY',
    'jwt-secret',
    'GITHUB_TOKEN',
    'SMTP_PASS',
  ]) {
    assert.ok(isSecretName(name), name)
  }
  const settings =
    'POSTGRES_PASSWORD_FILE ACCESS_TOKEN_LIFETIME PASSWORD_HASHERS NEXT_PUBLIC_API_KEY TOKEN_URL PWD KEYCLOAK_HOST PASSWORD_RESET_TIMEOUT SECRET_NAME API_KEY_RATE_LIMIT MONKEY COMPASS AWS_ACCESS_KEY_ID'
  for (const name of settings.split(' ')) assert.ok(!isSecretName(name), name)
})

test('a weak password is short, digits, or made of common words and the names beside it', () => {
  for (const weak of [
    'postgres',
    'changeme',
    'mysecretpassword',
    'root_password',
    'P@ssw0rd2024',
    '12345678901',
    'Admin123!',
    'x',
    'aaaaaaaaaaaa',
    'minioadmin',
    'this_is_secret',
  ]) {
    assert.ok(isWeakPassword(weak), weak)
  }
  assert.ok(isWeakPassword('taiga-taiga', ['taiga']))
  for (const strong of [
    '9f2c61d07b84e3a5',
    'correcthorsebatterystaple',
    'demo-only-7b1e94c05fd2a836',
    'taiga-taiga',
    '{{ db_password }}',
  ]) {
    assert.ok(!isWeakPassword(strong), strong)
  }
})

test('a placeholder says that a secret is to come', () => {
  for (const text of [
    'change-me',
    '<your key>',
    'your-secret-key',
    'TU_CLAVE_AQUI',
    'dummy',
    'django-insecure-9f2c61d07b84e3a5',
    'build_only',
    'xxxx',
    'changeEncryptionKey',
    '{{ key }}',
  ]) {
    assert.ok(isPlaceholder(text), text)
  }
  for (const text of ['9f2c61d07b84e3a5', 'dummyish9f2c61d0', 'changeD07b84e3a5'])
    assert.ok(!isPlaceholder(text), text)
})

test('a random secret looks as generators make them, or as a service marks it', () => {
  for (const text of [
    '7d1f4be0c2a95836kq',
    'AKIAIOSFODNN7ABCDEFG',
    'ghp_0123456789abcdefghij',
    '-----BEGIN PRIVATE KEY-----',
  ]) {
    assert.ok(isRandomSecret(text), text)
  }
  for (const text of [
    'just-some-words-here',
    '0000000000000000',
    'build-time-only-key-1',
    '/run/secrets/key',
  ]) {
    assert.ok(!isRandomSecret(text), text)
  }
})

test('a password in a URL counts, whatever its variable is called', () => {
  assert.equal(passwordInUrl('postgres://shop:9f2c61d0@db/shop'), '9f2c61d0')
  assert.equal(passwordInUrl('redis://:9f2c61d0@redis:6379/0'), '9f2c61d0')
  assert.equal(passwordInUrl('https://example.com/a:b@c'), undefined)
  assert.ok(isRealSecret('DATABASE_URL', 'postgres://shop:9f2c61d07b84e3a5@db/shop'))
  assert.ok(!isRealSecret('DATABASE_URL', 'postgres://postgres:postgres@db/shop'))
  assert.ok(!isRealSecret('LANGUAGE', '9f2c61d07b84e3a5'))
})
