import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer } from './answers.ts'

const answers = { origin: 'https://git.example.com', username: 'ada', token: 'planted' }

describe('Git is answered', () => {
  test('with a name and a token, for the server that they are for', () => {
    assert.equal(answer("Username for 'https://git.example.com': ", answers), 'ada')
    assert.equal(answer("Password for 'https://ada@git.example.com': ", answers), 'planted')
  })
  test('with nothing for any other server, and nothing that it should not ask', () => {
    const questions = [
      "Password for 'https://ada@git.example.org': ",
      "Password for 'https://git.example.com@evil.example': ",
      "Password for 'http://ada@git.example.com': ",
      "Password for 'https://ada@git.example.com:8443': ",
      'Enter passphrase for key: ',
      '',
    ]
    for (const question of questions) assert.equal(answer(question, answers), undefined, question)
  })
})
