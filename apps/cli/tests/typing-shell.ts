import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type CommandLine, PASSPHRASE } from './command-line.ts'
import { ROOT } from './documented-blocks.ts'

/** Runs a text in bash, at a terminal where questions are answered, and expects it to succeed; resolves to what it said. */
export type TypingShell = (
  script: string,
  options?: { typed?: readonly { question: string; answer: string }[]; home?: string },
) => Promise<string>

/** Makes the shell; `holdfast` on its path is this program, its folder that of the command line. */
export function openTypingShell(cli: CommandLine): TypingShell {
  mkdirSync(cli.at('bin'))
  symlinkSync(join(ROOT, 'apps/cli/bin/holdfast.mjs'), cli.at('bin/holdfast'))
  const path = `${cli.at('bin')}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`
  return async (script, { typed = [], home = 'home' } = {}) => {
    writeFileSync(cli.at('typed.sh'), script)
    const bash = `bash --norc -e ${cli.at('typed.sh')}`
    const command = typed.length === 0 ? bash : `script -qec '${bash}' /dev/null`
    const shell = spawn('sh', ['-c', command], {
      ...{ cwd: cli.dir, stdio: ['pipe', 'pipe', 'pipe'] },
      env: {
        ...{ PATH: path, HOME: cli.dir, HOLDFAST_HOME: cli.at(home), TERM: 'dumb' },
        ...{ HOLDFAST_PASSPHRASE: PASSPHRASE, HOLDFAST_SERVICE: 'off' },
      },
    })
    let said = ''
    let heard = 0
    const answers = [...typed]
    if (typed.length === 0) shell.stdin.end()
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const [next] = answers
      if (next === undefined || !said.includes(next.question, heard)) return
      heard = said.length
      answers.shift()
      shell.stdin.write(`${next.answer}\n`)
    }
    shell.stdout.on('data', hear)
    shell.stderr.on('data', hear)
    const [code] = await once(shell, 'close')
    expect(code, said).toBe(0)
    return said
  }
}
