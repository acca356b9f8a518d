import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { HoldfastError } from '@holdfast/domain'

/** Asks at the terminal without showing what is typed. CANCELLED on Ctrl-C, Ctrl-D or an aborted signal. */
export async function askHidden(question: string, signal: AbortSignal): Promise<string> {
  // First, or what is typed at once is shown by the terminal itself.
  if (process.stdin.isTTY) process.stdin.setRawMode(true)
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    return await askLine('', silent, signal)
  } finally {
    process.stderr.write('\n')
  }
}

/** Asks at the terminal; what is typed is seen. CANCELLED as above. */
export function askShown(question: string, signal: AbortSignal): Promise<string> {
  return askLine(question, process.stderr, signal)
}

/** Asks a yes-or-no question at the terminal; only `y` and `yes` mean yes. */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean> {
  const typed = await askLine(`${question} [y/N] `, process.stderr, signal)
  return /^y(es)?$/i.test(typed.trim())
}

async function askLine(
  question: string,
  output: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  const gaveUp = new AbortController()
  terminal.on('SIGINT', () => gaveUp.abort())
  terminal.on('close', () => gaveUp.abort())
  try {
    return await terminal.question(question, { signal: AbortSignal.any([signal, gaveUp.signal]) })
  } catch (error) {
    throw new HoldfastError('CANCELLED', 'Nothing was typed.', { cause: error })
  } finally {
    terminal.close()
  }
}
