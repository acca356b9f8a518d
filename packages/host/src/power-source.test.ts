import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { powerSource } from './power-source.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-power-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function supply(name: string, facts: Record<string, string>): void {
  mkdirSync(join(dir, name))
  for (const [fact, value] of Object.entries(facts)) writeFileSync(join(dir, name, fact), `${value}\n`)
}

it('is mains with an adapter that is online, also while a battery is full', () => {
  supply('AC', { type: 'Mains', online: '1' })
  supply('BAT0', { type: 'Battery', status: 'Full' })
  expect(powerSource(dir)).toBe('mains')
})

it('is battery while one discharges, but not for that of a mouse', () => {
  supply('mouse', { type: 'Battery', status: 'Discharging', scope: 'Device' })
  expect(powerSource(dir)).toBe('unknown')
  supply('AC', { type: 'Mains', online: '0' })
  supply('BAT0', { type: 'Battery', status: 'Discharging' })
  expect(powerSource(dir)).toBe('battery')
})

it('is unknown on a machine that says nothing', () => {
  expect(powerSource(join(dir, 'none'))).toBe('unknown')
})
