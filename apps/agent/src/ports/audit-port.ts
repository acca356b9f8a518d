import type { AuditEntryInfo, AuditPort, AuditQuery, MachinesPort } from '@holdfast/api'
import { csvTable, toHoldfastError, type Vault } from '@holdfast/domain'
import type { AuditEntry, History } from '@holdfast/history'
import { auditHeads } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import type { DownloadDesk } from '../downloads/download-desk.ts'
import type { Channels } from '../notify/channels.ts'
import type { Vaults } from '../vaults/vaults.ts'

const EXPORT_PAGE = 500

/** The audit trail as screens see it, compared with what the machine's snapshots say of it. */
export function createAuditPort(parts: {
  readonly history: History
  readonly vaults: Pick<Vaults, 'opened'>
  readonly channels: Pick<Channels, 'list'>
  readonly machines: Pick<MachinesPort, 'list'>
  readonly downloads: Pick<DownloadDesk, 'keepText'>
  readonly machine: Parameters<typeof auditHeads>[1]
  readonly now: () => Date
}): AuditPort {
  const { history, vaults, downloads, now } = parts

  async function names(): Promise<ReadonlyMap<string, string>> {
    const [plans, places, devices, machines] = await Promise.all([
      history.plans.list(),
      history.vaults.list(),
      history.devices.list(),
      parts.machines.list(),
    ])
    return new Map(
      [...parts.channels.list(), ...machines, ...devices, ...places, ...plans].map(({ id, name }) => [
        id,
        name,
      ]),
    )
  }

  /** Oldest first: a file is read from its top. */
  async function all(query: AuditQuery): Promise<AuditEntry[]> {
    const found: AuditEntry[] = []
    for (;;) {
      const page = await history.audit.list({ ...query, before: found.at(-1)?.seq, limit: EXPORT_PAGE })
      found.push(...page)
      if (page.length < EXPORT_PAGE) return found.reverse()
    }
  }

  async function headsIn(place: Vault, signal: AbortSignal) {
    try {
      const { vault, env } = await vaults.opened(place)
      // A recovery makes this home another machine.
      const { writer, installation } = parts.machine
      const heads = await auditHeads(vault, { writer, installation }, { ...env, signal })
      return { name: place.name, heads: heads.map(({ head }) => head), problem: null }
    } catch (error) {
      signal.throwIfAborted()
      return { name: place.name, heads: [], problem: toHoldfastError(error).message }
    }
  }

  return {
    async list(query) {
      const known = await names()
      return (await history.audit.list(query)).map((entry) => infoOf(entry, known))
    },
    async verify(signal) {
      const asked = await Promise.all((await history.vaults.list()).map((vault) => headsIn(vault, signal)))
      const verdict = await history.audit.verify({ knownHeads: asked.flatMap(({ heads }) => heads) })
      const vaultsAsked = asked.map(({ heads, ...rest }) => ({ ...rest, heads: heads.length }))
      if (verdict.ok)
        return { ok: true, entries: verdict.entries, brokenAt: null, why: null, vaults: vaultsAsked }
      const [newest] = await history.audit.list({ limit: 1 })
      const { brokenAt, why } = verdict
      return { ok: false, entries: newest?.seq ?? 0, brokenAt, why, vaults: vaultsAsked }
    },
    async export({ format, ...query }, actor) {
      const entries = await all(query)
      const what = { at: now(), act: 'audit.export', subject: format, after: { entries: entries.length } }
      await history.audit.append(actOf(auditActor(actor), what))
      const text = format === 'csv' ? csvOf(entries) : `${JSON.stringify(entries, undefined, 2)}\n`
      const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json'
      const name = `holdfast-audit-${now().toISOString().slice(0, 10)}.${format}`
      return downloads.keepText({ name, type, text, role: 'operator' }, actor.device)
    },
  }
}

function infoOf({ previous: _, ...entry }: AuditEntry, names: ReadonlyMap<string, string>): AuditEntryInfo {
  return { ...entry, subjectName: names.get(entry.subject) ?? null }
}

const HEAD = ['seq', 'at', 'by', 'name', 'device', 'address', 'act', 'subject', 'before', 'after', 'hash']

function csvOf(entries: readonly AuditEntry[]): string {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  return csvTable(
    HEAD,
    entries.map(({ seq, at, actor, act, subject, before, after, hash }) => [
      ...[seq, at, actor.kind, actor.name, actor.id, actor.address],
      ...[act, subject, json(before), json(after), hash],
    ]),
  )
}
