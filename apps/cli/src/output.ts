import type { HoldfastError } from '@holdfast/domain'

/**
 * Where a command speaks. stdout holds the answer: with `--json` exactly one document, else lines for people. Progress,
 * notes and skipped files go to stderr: as NDJSON with `--progress json`, else as lines, the progress line only on a
 * terminal.
 */
export type Output = {
  readonly json: boolean
  /** The answer: `document` for programs, `lines` for people. */
  answer(document: unknown, lines: readonly string[]): void
  /**
   * Part of an answer that is too long to be held: text or bytes as they stand. Waits for a slow reader; rejects with
   * ReaderGone when nobody reads any more (`holdfast ls | head`).
   */
  write(part: string | Uint8Array): Promise<void>
  /** An event for programs; people see `line`, replaced by the next one. */
  progress(event: object, line: string): void
  /** An event that people see as a line that stays. */
  said(event: object, line: string): void
  /** Something to know that is no error. */
  note(text: string): void
  error(error: HoldfastError): void
  bold(text: string): string
  /** Ends the progress line. */
  close(): void
}

export type OutputOptions = { json: boolean; progress: 'json' | 'line' | 'none'; colours: boolean }

/** Whoever read standard output has closed it: there is nothing more to say, and nothing went wrong. */
export class ReaderGone extends Error {}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'on' | 'once' | 'off'>

export function createOutput(stdout: Stream, stderr: Stream, options: OutputOptions): Output {
  const { json, progress, colours } = options
  let lineShown = false
  let readerGone = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    readerGone = true
  })

  function clearLine(): void {
    if (lineShown) stderr.write('\r\x1b[K')
    lineShown = false
  }
  function say(event: object, line: string): void {
    clearLine()
    stderr.write(progress === 'json' ? `${JSON.stringify(event)}\n` : `${line}\n`)
  }

  return {
    json,
    answer(document, lines) {
      clearLine()
      if (json) stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
      else if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
    },
    async write(part) {
      clearLine()
      if (!readerGone && !stdout.write(part) && !readerGone) await drained(stdout)
      if (readerGone) throw new ReaderGone()
    },
    progress(event, line) {
      if (progress === 'json') stderr.write(`${JSON.stringify(event)}\n`)
      else if (progress === 'line' && stderr.isTTY) {
        stderr.write(`\r\x1b[K${cut(line, (stderr.columns || 80) - 1)}`)
        lineShown = true
      }
    },
    said: say,
    note: (text) => say({ type: 'note', text }, `Note: ${text}`),
    error({ code, message, next }) {
      clearLine()
      if (json) stdout.write(`${JSON.stringify({ error: { code, message, next } }, undefined, 2)}\n`)
      if (progress === 'json') stderr.write(`${JSON.stringify({ type: 'error', code, message, next })}\n`)
      else if (!json) stderr.write(`${message}\nNext: ${next}\nCode: ${code}\n`)
    },
    bold: (text) => (colours ? `\x1b[1m${text}\x1b[22m` : text),
    close: clearLine,
  }
}

/** Waits until a stream takes more, or never will. */
function drained(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of DONE) stream.off(event, done)
      resolve()
    }
    for (const event of DONE) stream.once(event, done)
  })
}

const DONE = ['drain', 'error', 'close'] as const

function cut(line: string, columns: number): string {
  const chars = [...line]
  return chars.length <= columns ? line : `${chars.slice(0, Math.max(0, columns - 1)).join('')}…`
}
