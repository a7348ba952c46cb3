import type { Facts } from './facts.ts'

/** From what stops a deployment to what is told on request. */
export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** Something that a careful operator would not put into production. */
export interface Rule {
  /** Stays the same for ever: people name it after `--allow`, and deployments keep it. */
  id: string
  severity: Severity
  /** Why, in one sentence. */
  reason: string
  /** What to do, for the reference page. */
  fix: string
  /** Every place where it is so. Says nothing where the facts do not tell. */
  find(facts: Facts): Finding[]
}

/** Where something is written: a service, a file, or both. */
export interface Place {
  service?: string
  /** Relative to the project folder when it is in there. */
  file?: string
  /** From 1. */
  line?: number
}

export interface Finding extends Place {
  /** What is so here, in one sentence, never with a secret in it. */
  what: string
  /** The exact next thing to write or to run. */
  write: string
}
