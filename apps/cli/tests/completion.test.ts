import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url))

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-completion-'))
  symlinkSync(LAUNCHER, join(dir, 'holdfast'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A real shell that knows `holdfast`, without anybody's own settings. */
function shell(program: string, args: readonly string[]): string {
  const path = `${dir}:${join(process.execPath, '..')}:${process.env.PATH ?? ''}`
  return execFileSync(program, [...args], {
    ...{ encoding: 'utf8', cwd: dir, timeout: 50_000 },
    env: { PATH: path, HOME: dir, HOLDFAST_HOME: join(dir, 'home'), TERM: 'xterm', LC_ALL: 'C.UTF-8' },
  })
}

/** What bash would offer for a line whose cursor is at its end. */
function inBash(words: readonly string[]): string[] {
  const line = words.join(' ')
  const text = `
    . /usr/share/bash-completion/bash_completion
    source <(holdfast completion bash)
    compopt() { :; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
    COMP_LINE='${line}' COMP_POINT=${line.length}
    $(complete -p holdfast | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`
  return shell('bash', ['--norc', '-c', text]).trim().split('\n')
}

it('completes commands, subcommands, options and choices in bash', () => {
  expect(inBash(['holdfast', 'dev'])).toEqual(expect.arrayContaining([expect.stringMatching(/^device/)]))
  expect(inBash(['holdfast', 'plan', 'du'])[0]).toMatch(/^duplicate/)
  expect(inBash(['holdfast', 'restore', '--confl'])[0]).toMatch(/^--conflict/)
  expect(inBash(['holdfast', 'restore', '--conflict', 'ov'])[0]).toMatch(/^overwrite/)
}, 90_000)

it('completes in fish', () => {
  const text =
    'holdfast completion fish | source; complete -C "holdfast plan du"; complete -C "holdfast lan o"'
  const lines = shell('fish', ['--no-config', '-c', text])
  expect(lines).toMatch(/^duplicate\t/m)
  expect(lines).toMatch(/^on\t/m)
  expect(lines).toMatch(/^off\t/m)
}, 90_000)

it('completes in zsh, typed at its prompt', () => {
  const script = join(dir, 'type.zsh')
  writeFileSync(
    script,
    `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u; source <(holdfast completion zsh); echo rea""dy'
    zpty -r -m shell out '*ready*'
    zpty -w -n shell $'holdfast plan dupl\\t'
    zpty -r -m shell out '*duplicate*'
    print -r -- "$out"
    zpty -d shell`,
  )
  expect(shell('zsh', ['-f', script])).toContain('holdfast plan duplicate')
}, 90_000)

it('offers what every other command of the program is', () => {
  const offered = shell(process.execPath, [LAUNCHER, 'complete', '--', ''])
  const help = shell(process.execPath, [LAUNCHER, '--help'])
  const commands = [...help.matchAll(/^ {2}([a-z][a-z-]*)[ |]/gm)].map(([, name = '']) => name)
  expect(commands.length).toBeGreaterThan(25)
  for (const name of commands) expect(offered).toMatch(new RegExp(`^${name}\\t`, 'm'))
})
