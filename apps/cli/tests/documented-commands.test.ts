import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const program = createProgram(() => async () => {})

describe('what the documents say of the command line', () => {
  test.each(DOCUMENTS)('%s names only commands and options that there are', (document) => {
    const wrong = commandsIn(document).flatMap((words) => problemOf(words) ?? [])
    expect(wrong).toEqual([])
  })

  test('docs/cli.md leaves no command out', () => {
    const said = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8')
    // What a group does by itself stands there as the group.
    const forms = (path: string) => [
      path,
      path.replace(/ (\w+)$/, ' [$1]'),
      path.replace(/ (list|show|status)$/, ''),
    ]
    const missing = pathsOf(program).filter(
      (path) => !forms(path).some((form) => said.includes(`\`${form}`) || said.includes(`holdfast ${form} `)),
    )
    expect(missing).toEqual([])
  })

  test('a command that does not exist, or an option that it does not have, would be noticed', () => {
    expect(problemOf(['backup', 'docs', '--too', 'vault'])).toContain('--too')
    expect(problemOf(['vault', 'creat', 'x'])).toContain('creat')
    expect(problemOf(wordsOf('plan edit N [--[no-]on-battery]'))).toBeUndefined()
  })
})

/** The words behind `holdfast` in every piece of code, and the usages in the tables of cli.md. */
function commandsIn(document: string): string[][] {
  const text = readFileSync(join(ROOT, document), 'utf8')
  const blocks = [...text.matchAll(/^(?: {4}|\t).+$/gm)].map(([line]) => line)
  const fenced = [...text.matchAll(/^```[^\n]*\n(.*?)^```/gms)].flatMap(([, body = '']) => body.split('\n'))
  const inline = [...text.replace(/^```.*?^```/gms, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  const called = [...blocks, ...fenced, ...inline].flatMap((code) => {
    const words = /(?:^|[\s/(])holdfast(?:\.mjs)?(?: --)? ((?:[a-z-]|\[|[A-Z]{2})[^;&>#]*)/.exec(
      unescaped(code),
    )?.[1]
    // `holdfast agent` is a file of the packed program.
    return words === undefined || /^(COMMAND|agent)\b/.test(words) ? [] : [wordsOf(words)]
  })
  const usages =
    document === 'docs/cli.md'
      ? [...text.matchAll(/^\| `((?:\\.|[^`])+)`/gm)].map(([, usage = '']) => wordsOf(unescaped(usage)))
      : []
  return [...called, ...usages.filter(([first]) => program.commands.some((one) => one.name() === first))]
}

function unescaped(code: string): string {
  return code.replaceAll('\\|', '|')
}

function wordsOf(usage: string): string[] {
  return usage
    .replace(/\[no-\]/g, '')
    .split(/[\s|()[\]]+/)
    .map((word) => word.replace(/[….,:]+$/, ''))
    .filter((word) => word !== '')
}

/** Why these words are no command of ours; undefined when they are one. */
function problemOf(words: readonly string[]): string | undefined {
  let command = program
  let named = false
  for (const [i, word] of words.entries()) {
    if (takesValue(command, words[i - 1])) continue
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (below !== undefined && !named) command = below
    else if (word.startsWith('--')) {
      const option = word.split('=', 1)[0] ?? word
      if (!optionsOf(command).some((one) => one === option || (word.endsWith('-') && one.startsWith(word))))
        return `${words.join(' ')}: ${command.name()} has no ${option}`
    } else {
      // A command that only has others below it takes no word of its own.
      const takesWords = command.registeredArguments.length > 0 || hasDefault(command)
      if (!takesWords && /^[a-z][a-z-]+$/.test(word) && !named && words[0] !== word && command !== program)
        return `${words.join(' ')}: ${command.name()} has no ${word}`
      if (command === program && !/^(COMMAND|-)/.test(word)) return `${words.join(' ')}: there is no ${word}`
      named = true
    }
  }
  return undefined
}

function takesValue(command: Command, word: string | undefined): boolean {
  const option = [command, program].flatMap(({ options }) => options).find(({ long }) => long === word)
  return option !== undefined && (option.required || option.optional)
}

function hasDefault(command: Command): boolean {
  return command.commands.length === 0 || typeof Reflect.get(command, '_defaultCommandName') === 'string'
}

function optionsOf(command: Command): string[] {
  const own = [command, program].flatMap(({ options }) => options)
  const below = command.commands.flatMap(({ options }) => options)
  return [...own, ...below]
    .flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))
    .concat('--help')
}

function pathsOf(command: Command, before = ''): string[] {
  const shown = command.createHelp().visibleCommands(command)
  return shown.flatMap((one) => {
    if (one.name() === 'help') return []
    const path = `${before}${one.name()}`
    return one.commands.length > 0 ? pathsOf(one, `${path} `) : [path]
  })
}
