import { expect, test } from 'vitest'
import { machineState, verdictOverMachines } from './machine-verdict.ts'
import { HOUR_MS } from './units.ts'

const HEARD = new Date('2026-11-22T12:00:00Z')
const safe = (name: string) => ({ name, state: 'protected' as const, sentence: 'Everything is safe.' })

test('a machine is what it said, and unknown once it was silent for too long', () => {
  const nas = { id: 'm1', name: 'nas', heardAt: HEARD, silentAfterHours: 26, verdict: safe('nas') }
  const after = (hours: number) => machineState(nas, new Date(HEARD.getTime() + hours * HOUR_MS))
  expect(after(26)).toEqual(safe('nas'))
  expect(after(27)).toMatchObject({
    state: 'unknown',
    sentence: expect.stringContaining('nas was not heard for 1 d 3 h'),
  })
})

test('the verdict over machines counts those that are protected, and says what the worst one says', () => {
  const laptop = safe('laptop')
  expect(verdictOverMachines([laptop, safe('nas')])).toEqual({
    ...{ state: 'protected', sentence: 'Both machines are protected.', because: undefined },
  })
  expect(verdictOverMachines([laptop, safe('nas'), safe('pi')]).sentence).toBe(
    'All 3 machines are protected.',
  )
  const nas = { name: 'nas', state: 'unknown', sentence: 'nas was not heard for 2 d.' } as const
  const pi = { name: 'pi', state: 'failing', sentence: 'Photos can’t reach the disk.' } as const
  expect(verdictOverMachines([laptop, nas])).toEqual({
    ...{ state: 'unknown', sentence: '1 of 2 machines is protected.', because: 'nas was not heard for 2 d.' },
  })
  expect(verdictOverMachines([laptop, safe('tv'), nas, pi])).toEqual({
    ...{ state: 'failing', sentence: '2 of 4 machines are protected.' },
    because: 'pi: Photos can’t reach the disk.',
  })
  expect(verdictOverMachines([nas, pi]).sentence).toBe('No machine is protected.')
})
