import { WriterId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { putHistory, readHistory } from '../settings/history.ts'
import { putSettings, readSettings } from '../settings/machine-settings.ts'
import { testLines, testSettings } from '../settings/test-settings.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { eachFault, misfit } from './test-each-fault.ts'

const BY = { writer: WriterId.parse('0123abcd'), installation: '00112233aabbccdd' }

describe('storing settings under any fault at any store call', () => {
  it('leaves the old ones or the new ones, and the new ones when it says so', async () => {
    const made = await filled()
    const wrong: string[] = []
    const put = (t: TestVault) => putSettings(t.vault, { ...BY, settings: testSettings('new') }, t.env)
    const cases = await eachFault(made, put, async (found) => {
      const { newest } = await readSettings(found.t.vault, BY.writer, found.t.env)
      const machine = newest?.settings.machine
      const fits = machine === 'new' || (found.ended.kind === 'failed' && machine === 'old')
      const problem = misfit(found, ['VAULT_CHANGED']) ?? (fits ? undefined : `it reads ${machine}`)
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
      const after = await putSettings(found.t.vault, { ...BY, settings: testSettings('next') }, found.t.env)
      const next = await readSettings(found.t.vault, BY.writer, found.t.env)
      if (next.newest?.number !== after.number)
        wrong.push(`${found.where}\n   the next ones are not the newest`)
    })
    expect(wrong.join('\n')).toBe('')
    expect(cases).toBeGreaterThan(50)
  })
})

describe('storing history under any fault at any store call', () => {
  it('loses no line that was stored, and has the new ones when it says so', async () => {
    const made = await filled()
    const wrong: string[] = []
    const request = { ...BY, full: false, from: { runs: 4, audit: 3 }, to: { runs: 6, audit: 4 } }
    const put = (t: TestVault) => putHistory(t.vault, { ...request, lines: testLines([5, 6], [4, 4]) }, t.env)
    const cases = await eachFault(made, put, async (found) => {
      const { runs, audit, gaps } = await readHistory(found.t.vault, BY.writer, found.t.env)
      const numbers = `${runs.map(({ seq }) => seq)} ${audit.map(({ seq }) => seq)}`
      const fits =
        numbers === '1,2,3,4,5,6 1,2,3,4' || (found.ended.kind === 'failed' && numbers === '1,2,3,4 1,2,3')
      const problem = misfit(found, ['VAULT_CHANGED']) ?? (fits ? undefined : `it reads ${numbers}`)
      if (problem !== undefined || gaps.length > 0) wrong.push(`${found.where}\n   ${problem ?? 'a gap'}`)
    })
    expect(wrong.join('\n')).toBe('')
    expect(cases).toBeGreaterThan(50)
  })
})

/** Reading gives the newest, or says that something was in the way: it never makes up or mixes anything. */
describe('reading settings and history under any fault', () => {
  it('gives what was stored or says what it could not read', async () => {
    const made = await filled()
    const wrong: string[] = []
    const read = async (t: TestVault) => ({
      settings: await readSettings(t.vault, BY.writer, t.env),
      history: await readHistory(t.vault, BY.writer, t.env),
    })
    await eachFault(made, read, async (found) => {
      const problem = misfit(found)
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
      if (found.ended.kind === 'failed') return
      const { settings, history } = found.ended.value
      const silent = settings.broken.length === 0 && history.broken.length === 0
      const whole = settings.newest?.settings.machine === 'old' && history.runs.length === 4
      // A listing that shows nothing can't be told from a vault without settings.
      if (silent && !whole && found.struck.method !== 'list') wrong.push(`${found.where}\n   it hides that`)
    })
    expect(wrong.join('\n')).toBe('')
  })
})

async function filled(): Promise<TestVault> {
  const made = await createTestVault()
  const { vault, env } = made
  await putSettings(vault, { ...BY, settings: testSettings('older') }, env)
  const to = { runs: 2, audit: 2 }
  const lines = testLines([1, 2], [1, 2])
  await putHistory(vault, { ...BY, full: true, from: { runs: 0, audit: 0 }, to, lines }, env)
  await putSettings(vault, { ...BY, settings: testSettings('old') }, env)
  const more = { full: false, from: to, to: { runs: 4, audit: 3 }, lines: testLines([3, 4], [3, 3]) }
  await putHistory(vault, { ...BY, ...more }, env)
  return made
}
