import { timingSafeEqual } from 'node:crypto'
import type { Home, MetricsPort } from '@holdfast/api'
import type { History } from '@holdfast/history'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import { actOf, auditActor } from '../audit.ts'
import { hashOf } from '../serve/sign-in.ts'
import { metricsText } from './metrics-text.ts'

const KEY = 'metrics-token'
const Stored = z.object({ hash: z.string(), since: z.coerce.date() }).nullable()

/** The token of `/metrics`, and what it lets read. */
export type MetricsDesk = {
  readonly port: MetricsPort
  /** What `/metrics` answers to who shows this token: nothing is there until one was made. */
  read(token: string | undefined): Promise<MetricsAnswer>
}
export type MetricsAnswer =
  | { readonly kind: 'off' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'text'; readonly text: string }

export function createMetricsDesk(parts: {
  readonly history: Pick<History, 'settings' | 'audit' | 'runs' | 'incidents'>
  readonly home: (timeZone: string) => Promise<Home>
  readonly rcloneVersion: () => string | undefined
  readonly random: Random
  readonly now: () => Date
}): MetricsDesk {
  const { history, random, now } = parts
  const startedAt = now()
  const stored = async () => (await history.settings.get(KEY, Stored)) ?? null
  return {
    port: {
      status: async () => ({ since: (await stored())?.since ?? null }),
      async makeToken(actor) {
        const token = Buffer.from(random.bytes(32)).toString('base64url')
        const before = await stored()
        await history.settings.set(KEY, { hash: hashOf(token), since: now() }, now())
        const what = { at: now(), act: 'metrics.token', subject: 'metrics', before: sinceOf(before) }
        await history.audit.append(actOf(auditActor(actor), { ...what, after: { since: now() } }))
        return { token }
      },
      async removeToken(actor) {
        const before = await stored()
        await history.settings.set(KEY, null, now())
        const what = { at: now(), act: 'metrics.off', subject: 'metrics', before: sinceOf(before) }
        await history.audit.append(actOf(auditActor(actor), what))
      },
    },
    async read(token) {
      const known = await stored()
      if (known === null) return { kind: 'off' }
      if (token === undefined || !sameHash(hashOf(token), known.hash)) return { kind: 'refused' }
      const [home, totals, openIncidents] = await Promise.all([
        parts.home('UTC'),
        history.runs.totals(),
        history.incidents.listOpen(),
      ])
      const rclone = parts.rcloneVersion() ?? 'none'
      return { kind: 'text', text: metricsText({ home, totals, openIncidents, startedAt, rclone }) }
    },
  }
}

function sinceOf(stored: z.infer<typeof Stored>): unknown {
  return stored === null ? null : { since: stored.since }
}

function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
