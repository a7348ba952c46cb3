#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { type Answers, answer, answersVariable } from './answers.ts'

/** The program that Git asks for a name and a password: `askpass.ts QUESTION`. */
const answers = JSON.parse(process.env[answersVariable] ?? '{}') as Answers
const said = answer(process.argv[2] ?? '', answers)
if (said === undefined) process.exit(1)
process.stdout.write(`${said}\n`)
