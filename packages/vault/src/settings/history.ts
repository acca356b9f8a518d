import { HoldfastError, isHoldfastError, type WriterId } from '@holdfast/domain'
import { z } from 'zod'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { openedBox } from './machine-settings.ts'
import type { HistorySeqs, SettingsBody } from './settings-format.ts'
import {
  type BrokenSettings,
  listSettings,
  putSettingsObject,
  readSettingsObject,
  type SettingsWriter,
} from './settings-objects.ts'

/** One run or one entry of the audit trail, by its number; the value is JSON, and its home knows the shape. */
export const HistoryLine = z.object({
  kind: z.enum(['run', 'audit']),
  seq: z.number().int().positive(),
  value: z.unknown(),
})
export type HistoryLine = z.infer<typeof HistoryLine>

/** Numbers that no readable object holds, both ends included. */
export type HistoryGap = { readonly kind: HistoryLine['kind']; readonly from: number; readonly to: number }

export type StoredHistory = {
  /** Each number once, as it was stored last; runs and audit entries apart, in order. */
  readonly runs: readonly HistoryLine[]
  readonly audit: readonly HistoryLine[]
  /** How far it goes. */
  readonly to: HistorySeqs
  readonly gaps: readonly HistoryGap[]
  readonly broken: readonly BrokenSettings[]
}

/** Above this the oldest runs of a full copy stay out, which it says by where it begins. */
const MAX_LINES_BYTES = 48 * 1024 * 1024

/**
 * Stores lines of a machine's history: all of it (`full`, `from` zeros), or those after `from`. What a line holds must
 * be fit for the vault: nothing is left out here. Rejects as `putSettingsObject` does.
 */
export async function putHistory(
  vault: OpenedVault,
  request: SettingsWriter & {
    readonly full: boolean
    readonly from: HistorySeqs
    readonly to: HistorySeqs
    readonly lines: readonly HistoryLine[]
  },
  env: EngineEnv,
): Promise<{ key: string; number: number }> {
  const { full, from, to, lines, ...by } = request
  const kept = withinLimit(lines, from)
  const kind = full ? 'history-full' : 'history-delta'
  const facts = { kind, from: kept.from, to, secretsLeftOut: false, content: { lines: kept.lines } } as const
  return await putSettingsObject(vault, by, facts, env)
}

/**
 * A machine's history: the newest full copy that can be read, and all that came after it. PASSPHRASE_MISSING, LOCKED
 * and VAULT_NEWER as `readSettings`. Rejects when the remote can't be read.
 */
export async function readHistory(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv & { readonly ownKey?: Uint8Array | undefined },
): Promise<StoredHistory> {
  const { keys, broken } = await listSettings(vault, writer, env)
  const parts: { body: SettingsBody; lines: HistoryLine[] }[] = []
  for (const key of keys) {
    const part = await readPart(vault, key, env)
    if (part === undefined) continue
    if ('reason' in part) broken.push(part)
    else parts.unshift(part)
    if ('body' in part && part.body.kind === 'history-full') break
  }
  return { ...joined(parts), broken }
}

async function readPart(
  vault: OpenedVault,
  key: string,
  env: EngineEnv & { readonly ownKey?: Uint8Array | undefined },
): Promise<{ body: SettingsBody; lines: HistoryLine[] } | BrokenSettings | undefined> {
  const body = await readSettingsObject(vault, key, env)
  if ('reason' in body) return body
  if (body.kind === 'settings') return undefined
  try {
    const content = Content.safeParse(openedBox(key, body, { vault, ownKey: env.ownKey }))
    if (content.success) return { body, lines: content.data.lines }
  } catch (error) {
    if (!isHoldfastError(error, 'VAULT_DAMAGED')) throw error
    return { key, reason: error.message }
  }
  return { key, reason: `${key} holds a history of an unknown shape.` }
}

const Content = z.object({ lines: z.array(HistoryLine) })

/** Oldest first. A part that begins later than the ones before it ended leaves a gap. */
function joined(
  parts: readonly { body: SettingsBody; lines: HistoryLine[] }[],
): Omit<StoredHistory, 'broken'> {
  const runs = new Map<number, HistoryLine>()
  const audit = new Map<number, HistoryLine>()
  const gaps: HistoryGap[] = []
  const to = { runs: 0, audit: 0 }
  for (const { body, lines } of parts) {
    for (const [kind, seq] of [
      ['run', 'runs'],
      ['audit', 'audit'],
    ] as const) {
      const begin = body.from?.[seq] ?? 0
      if (begin > to[seq]) gaps.push({ kind, from: to[seq] + 1, to: begin })
      to[seq] = Math.max(to[seq], body.to?.[seq] ?? 0)
    }
    for (const line of lines) (line.kind === 'run' ? runs : audit).set(line.seq, line)
  }
  const inOrder = (of: Map<number, HistoryLine>) => [...of.values()].sort((a, b) => a.seq - b.seq)
  return { runs: inOrder(runs), audit: inOrder(audit), to, gaps }
}

/** The newest lines that fit, and where they begin. The audit trail is small and never cut. */
function withinLimit(
  lines: readonly HistoryLine[],
  from: HistorySeqs,
): { lines: readonly HistoryLine[]; from: HistorySeqs } {
  const sizes = new Map(lines.map((line) => [line, Buffer.byteLength(JSON.stringify(line))]))
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  if (bytes <= MAX_LINES_BYTES) return { lines, from }
  let begin = from.runs
  const dropped = new Set<HistoryLine>()
  for (const line of lines.filter(({ kind }) => kind === 'run').sort((a, b) => a.seq - b.seq)) {
    if (bytes <= MAX_LINES_BYTES) break
    bytes -= sizes.get(line) ?? 0
    begin = line.seq
    dropped.add(line)
  }
  if (bytes > MAX_LINES_BYTES)
    throw new HoldfastError('INPUT_INVALID', 'The audit trail is too big for one object of the vault.')
  return { lines: lines.filter((line) => !dropped.has(line)), from: { ...from, runs: begin } }
}
