import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What is shown as code on lines of its own, without its indentation. */
export type Block = {
  readonly document: string
  readonly lines: readonly string[]
  /** Its document and first line, which tell it from all others. */
  readonly name: string
}

/** README.md and what lies in docs/, by name. */
export function documents(): string[] {
  const names = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', ...names.map((name) => `docs/${name}`)]
}

/** Every fenced or indented block of a document, in order. What goes on in a list is no indented block. */
export function blocksOf(document: string): Block[] {
  const found: string[][] = []
  let open: 'fence' | 'indented' | undefined
  let blank = true
  let inList = false
  for (const line of readFileSync(join(ROOT, document), 'utf8').split('\n')) {
    const indented = line.startsWith('    ')
    if (line.startsWith('```')) {
      open = open === 'fence' ? undefined : 'fence'
      if (open === 'fence') found.push([])
    } else if (open === 'fence') found.at(-1)?.push(line)
    else if (indented && (open === 'indented' || (blank && !inList))) {
      if (open === undefined) found.push([])
      else if (blank) found.at(-1)?.push('')
      found.at(-1)?.push(line.slice(4))
      open = 'indented'
    } else if (line !== '') {
      open = undefined
      inList = /^(\d+\.|-) /.test(line) || (inList && line.startsWith(' '))
    }
    blank = line === ''
  }
  return found.map((lines) => ({ document, lines, name: `${document}: ${firstOf(lines)}` }))
}

/** The commands of a block as a shell takes them: what stands behind two spaces or more is said to the reader. */
export function scriptOf({ lines }: Block): string {
  return lines.map((line) => line.replace(/(\S) {2,}.*$/, '$1')).join('\n')
}

function firstOf(lines: readonly string[]): string {
  return (lines[0] ?? '').trim().split(/ {2,}/, 1)[0] ?? ''
}
