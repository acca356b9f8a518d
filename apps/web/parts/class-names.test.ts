import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { twMerge } from 'tailwind-merge'
import { expect, test } from 'vitest'
import { cn } from './class-names.ts'

const WEB = join(import.meta.dirname, '..')
const VARIANTS = /^(?:[a-z-]+(?:\[[^\]]*\])?:)+/

test('of any two classes of the screens, the same stay that all of tailwind-merge would keep', () => {
  const classes = [...new Set(globSync('{app,parts}/**/*.tsx', { cwd: WEB }).flatMap(wordsIn))].filter(
    (word) => twMerge(word, word) === word,
  )
  expect(classes.length).toBeGreaterThan(300)
  const wrong = classes.flatMap((one) =>
    classes.map((other) => `${one} ${other}`).filter((both) => cn(both) !== twMerge(both)),
  )
  expect(wrong.slice(0, 20)).toEqual([])
})

test('a class takes the place of an earlier one of its kind, also behind the same variant', () => {
  expect(cn('p-4 hover:bg-sea side:p-2', 'px-3 p-0', { 'hover:bg-wash': true })).toBe(
    'side:p-2 p-0 hover:bg-wash',
  )
  expect(cn('rounded-xl text-soft', false, 'rounded-card text-[15px] text-ink')).toBe(
    'rounded-card text-[15px] text-ink',
  )
})

/** Every word of every text of a file: most are no classes. */
function wordsIn(file: string): string[] {
  const texts = readFileSync(join(WEB, file), 'utf8').matchAll(/(["'`])((?:(?!\1)[^\n])*)\1/g)
  return [...texts].flatMap(([, , text]) =>
    (text ?? '').split(/\s+/).map((word) => word.replace(VARIANTS, '')),
  )
}
