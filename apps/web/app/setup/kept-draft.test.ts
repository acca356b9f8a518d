import { expect, test } from 'vitest'
import { newDraft } from './draft.ts'
import { forgetDraft, keepDraft, keptDraft, type Standing } from './kept-draft.ts'

const SUGGESTED = { vaultDir: '/mnt/attic', timeZone: 'UTC' }

function createShelf() {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

const typed: Standing = {
  draft: {
    ...newDraft(SUGGESTED),
    ...{ name: 'Papers', placeKind: 'remote', remote: 'cloud', remotePath: 'laptop' },
    ...{ findings: { kind: 'empty' }, passphrase: 'canary harbour lamp', passphraseAgain: 'canary' },
    ...{ saved: true, schedule: { kind: 'weekly', weekday: 3, time: '04:30' } },
  },
  step: 'when',
  reached: 'when',
}

test('what was typed is there again, but for the passphrase, which is asked for anew', () => {
  const shelf = createShelf()
  keepDraft(shelf, typed)
  expect([...shelf.items.values()].join()).not.toContain('canary')
  const { draft, step, reached } = keptDraft(shelf, SUGGESTED)
  expect(draft).toEqual({ ...typed.draft, passphrase: '', passphraseAgain: '', saved: false })
  expect([step, reached]).toEqual(['passphrase', 'passphrase'])
})

test('a plain vault goes on where it was: it has no passphrase', () => {
  const shelf = createShelf()
  const findings = { kind: 'vault', encrypted: false, snapshots: 2 } as const
  keepDraft(shelf, { ...typed, draft: { ...typed.draft, findings } })
  expect(keptDraft(shelf, SUGGESTED)).toMatchObject({ step: 'when', draft: { findings } })
})

test('a place that was not looked at, or may not be used, is looked at again', () => {
  const shelf = createShelf()
  const findings = { kind: 'occupied', examples: ['x'] } as const
  keepDraft(shelf, { ...typed, draft: { ...typed.draft, findings } })
  expect(keptDraft(shelf, SUGGESTED)).toMatchObject({ step: 'where', draft: { findings: undefined } })
})

test.each(['{"step":"what"', '{"step":"else"}', 'null'])('begins anew after %s', (text) => {
  const shelf = createShelf()
  keepDraft(shelf, typed)
  for (const key of shelf.items.keys()) shelf.items.set(key, text)
  expect(keptDraft(shelf, SUGGESTED)).toMatchObject({ step: 'what', draft: { name: 'Home folder' } })
})

test('a set-up that is done leaves nothing', () => {
  const shelf = createShelf()
  keepDraft(shelf, typed)
  forgetDraft(shelf)
  expect(shelf.items.size).toBe(0)
})
