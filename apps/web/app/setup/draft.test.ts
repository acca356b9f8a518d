import { expect, test } from 'vitest'
import { type Draft, fieldOfProblem, newDraft, planOf, stepOfProblem, stepProblems } from './draft.ts'

const NOW = new Date('2026-06-08T02:00:00Z')
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
  expect(stepProblems('passphrase', plain, NOW)).toEqual({})
})

test('a new passphrase is repeated and saved before anything starts', () => {
  const judge = (passphrase: string) => stepProblems('passphrase', { ...draft, passphrase }, NOW)
  expect(judge('short')).toEqual({ passphrase: 'Too short. At least eight characters.' })
  expect(judge('aaaaaaaaaaaa').passphrase).toMatch(/^Weak\./)
  const typed = { ...draft, passphrase: 'harbour lamp', passphraseAgain: 'harbour lamb' }
  expect(Object.keys(stepProblems('passphrase', typed, NOW))).toEqual(['passphraseAgain', 'saved'])
  expect(stepProblems('passphrase', { ...typed, passphraseAgain: 'harbour lamp', saved: true }, NOW)).toEqual(
    {},
  )
})

test('an existing vault asks only for its passphrase, of any length', () => {
  const there = { ...draft, findings: { kind: 'vault', encrypted: true, snapshots: null } } as const
  expect(stepProblems('passphrase', there, NOW)).toHaveProperty('passphrase')
  expect(stepProblems('passphrase', { ...there, passphrase: 'old' }, NOW)).toEqual({})
})

test('a relative vault folder and a remote without a name stay on their step', () => {
  expect(stepProblems('where', { ...draft, folder: 'backup' }, NOW)).toHaveProperty(['place.path'])
  expect(stepProblems('where', { ...draft, placeKind: 'remote' }, NOW)).toHaveProperty(['place.remote'])
})

test('a schedule that never fires, or is none, holds the last step', () => {
  const cron = (cron: string) =>
    stepProblems('when', { ...draft, schedule: { kind: 'cron', cron } }, NOW).schedule
  expect(cron('0 2 30 2 *')).toBe('This schedule never fires.')
  expect(cron('often')).toMatch(/is not a schedule/)
  expect(cron('0 2 * * *')).toBeUndefined()
})

test.each([
  [{ code: 'INPUT_INVALID', fields: { name: ['There is one already.'] } }, 'what', 'name'],
  [{ code: 'INPUT_INVALID', fields: { 'sources.0.path': ['An absolute path.'] } }, 'what', 'sources'],
  [{ code: 'INPUT_INVALID', fields: { 'place.path': ['An absolute path.'] } }, 'where', 'place.path'],
  [{ code: 'SOURCE_MISSING', fields: { 'sources.1.path': ['Gone.'] } }, 'what', 'sources'],
  [{ code: 'SOURCE_UNREADABLE', fields: {} }, 'what', 'sources'],
  [{ code: 'PLACE_NOT_EMPTY', fields: {} }, 'where', 'place.path'],
  [{ code: 'REMOTE_DENIED', fields: {} }, 'where', 'place.remote'],
  [{ code: 'REMOTE_UNKNOWN', fields: {} }, 'where', 'place.remote'],
  [{ code: 'REMOTE_UNREACHABLE', fields: {} }, 'where', 'place.path'],
  [{ code: 'LOCKED', fields: {} }, 'passphrase', 'passphrase'],
  [{ code: 'SCHEDULE_NEVER', fields: {} }, 'when', 'schedule'],
  [{ code: 'AGENT_UNREACHABLE', fields: {} }, 'when', undefined],
] as const)('%o leads back to the step %s, beside the field %s', (problem, step, field) => {
  expect(stepOfProblem({ sentence: '', next: '', ...problem })).toBe(step)
  expect(fieldOfProblem({ sentence: '', next: '', ...problem })).toBe(field)
})
