import type { Readable } from 'node:stream'
import { z } from 'zod'
import { withoutSecrets } from './errors.ts'

export type RcloneLogLine = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }

const JsonLine = z.object({ level: z.string(), msg: z.string() })
const KEPT_LINES = 20

export type DaemonLog = {
  /** Resolves with the address as soon as rclone says that it serves there. */
  readonly serving: Promise<string>
  /** The last lines, for saying why it ended. */
  lastLines(): readonly string[]
}

/** Drains rclone's log for as long as it runs: a full pipe would stop it. Lines come without what may be secret. */
export function readDaemonLog(stderr: Readable, onLine: (line: RcloneLogLine) => void): DaemonLog {
  const kept: string[] = []
  const { promise: serving, resolve } = Promise.withResolvers<string>()
  let rest = ''
  stderr.setEncoding('utf8')
  stderr.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = (lines.pop() ?? '').slice(-65_536)
    for (const raw of lines) {
      if (raw === '') continue
      const { level, msg } = parseLine(raw)
      const url = /Serving remote control on \[?(http:\/\/127\.0\.0\.1:\d+)/.exec(msg)?.[1]
      if (url) resolve(url)
      const text = withoutSecrets(msg)
      kept.push(text)
      if (kept.length > KEPT_LINES) kept.shift()
      onLine({ level: levelOf(level), text })
    }
  })
  return { serving, lastLines: () => kept }
}

function parseLine(raw: string): { level: string; msg: string } {
  try {
    const parsed = JsonLine.safeParse(JSON.parse(raw))
    if (parsed.success) return parsed.data
  } catch {
    // What comes before the log is set up, and a crash, are plain text.
  }
  return { level: 'error', msg: raw }
}

function levelOf(level: string): RcloneLogLine['level'] {
  const known = level.toLowerCase()
  if (known === 'debug' || known === 'info') return known
  return known === 'notice' || known === 'warning' || known === 'warn' ? 'warn' : 'error'
}
