import { expect, test } from 'vitest'
import { type Draft, newDraft, planOf, stepOfProblem, stepProblems } from './draft.ts'

const draft: Draft = newDraft({
  vaultDir: '/mnt/attic',
  timeZone: 'UTC',
})

test('the plan holds what is ticked, and the passphrase as it was typed', () => {
  const plan = planOf({
    ...draft,
    what: {
      ...draft.what,
      folders: [
        { path: '/home/ada/Documents', ticked: true },
        { path: '/home/ada/Pictures', ticked: false },
      ],
    },
    passphrase: ' with spaces ',
  })
  expect(plan.sources).toEqual([{ path: '/home/ada/Documents', excludes: [], skipCacheDirs: true }])
  expect(plan.passphrase).toBe(' with spaces ')
})

test('a plain vault that is there already takes no passphrase, whatever was typed before', () => {
  const plain = {
    ...draft,
    passphrase: 'typed earlier',
    findings: { kind: 'vault', encrypted: false, snapshots: 2 },
  } as const
  expect(planOf(plain).passphrase).toBeNull()
  expect(stepProblems('passphrase', plain)).toEqual({})
})

test('a new passphrase is repeated and saved before anything starts', () => {
  expect(stepProblems('passphrase', { ...draft, passphrase: 'short' })).toHaveProperty('passphrase')
  const typed = { ...draft, passphrase: 'harbour lamp', passphraseAgain: 'harbour lamb' }
  expect(Object.keys(stepProblems('passphrase', typed))).toEqual(['passphraseAgain', 'saved'])
  expect(stepProblems('passphrase', { ...typed, passphraseAgain: 'harbour lamp', saved: true })).toEqual({})
})

test('an existing vault asks only for its passphrase, of any length', () => {
  const there = { ...draft, findings: { kind: 'vault', encrypted: true, snapshots: null } } as const
  expect(stepProblems('passphrase', there)).toHaveProperty('passphrase')
  expect(stepProblems('passphrase', { ...there, passphrase: 'old' })).toEqual({})
})

test('a relative vault folder and a remote without a name stay on their step', () => {
  expect(stepProblems('where', { ...draft, folder: 'backup' })).toHaveProperty(['place.path'])
  expect(stepProblems('where', { ...draft, placeKind: 'remote' })).toHaveProperty(['place.remote'])
})

test.each([
  [{ code: 'INPUT_INVALID', fields: { 'sources.0.path': ['An absolute path, please.'] } }, 'what'],
  [{ code: 'INPUT_INVALID', fields: { 'place.path': ['An absolute path, please.'] } }, 'where'],
  [{ code: 'SOURCE_MISSING', fields: {} }, 'what'],
  [{ code: 'PLACE_NOT_EMPTY', fields: {} }, 'where'],
  [{ code: 'REMOTE_DENIED', fields: {} }, 'where'],
  [{ code: 'LOCKED', fields: {} }, 'passphrase'],
  [{ code: 'SCHEDULE_NEVER', fields: {} }, 'when'],
  [{ code: 'AGENT_UNREACHABLE', fields: {} }, 'when'],
] as const)('%o leads back to the step %s', (problem, step) => {
  expect(stepOfProblem({ sentence: '', next: '', ...problem })).toBe(step)
})
