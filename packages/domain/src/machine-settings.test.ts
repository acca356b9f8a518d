import { expect, test } from 'vitest'
import { MachineSettings, settingsText, withoutSecrets } from './machine-settings.ts'

const VAULT = {
  id: '0'.repeat(32),
  name: 'nas',
  place: { kind: 'remote', remote: 'nas', path: 'backup' },
  encrypted: true,
}
const SETTINGS = MachineSettings.parse({
  machine: 'laptop',
  plans: [
    {
      ...{ id: 'photos', name: 'Photos', paused: false, createdAt: '2026-11-22T12:00:00.000Z', vault: VAULT },
      sources: [{ path: '/home/ada', excludes: ['*.tmp'], oneFileSystem: true }],
      schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
    },
  ],
  vaults: [VAULT],
  remotes: {
    nas: { type: 'sftp', host: 'nas.local', pass: 'obscured' },
    cloud: { type: 'drive', token: '{"a":1}' },
  },
  notifications: { smtp: { password: 'hush' } },
})

test('settings come back from JSON as they were', () => {
  expect(MachineSettings.parse(JSON.parse(JSON.stringify(SETTINGS)))).toEqual(SETTINGS)
})

test('for eyes that are not ours, only what kind of remotes there are stays', () => {
  const open = withoutSecrets(SETTINGS)
  expect(open.remotes).toEqual({ nas: { type: 'sftp' }, cloud: { type: 'drive' } })
  expect(JSON.stringify(open)).not.toMatch(/obscured|hush|nas\.local/)
  expect(open.plans).toEqual(SETTINGS.plans)
})

test('a renewed sign-in and another order of keys are no change; anything else is one', () => {
  const { remotes, ...rest } = SETTINGS
  const renewed = { cloud: { token: '{"a":2}', type: 'drive' }, nas: remotes.nas ?? {} }
  expect(settingsText({ remotes: renewed, ...rest })).toBe(settingsText(SETTINGS))
  const others: MachineSettings[] = [
    { ...SETTINGS, machine: 'desk' },
    { ...SETTINGS, plans: [] },
    { ...SETTINGS, remotes: { ...remotes, nas: { type: 'sftp', host: 'nas.local', pass: 'other' } } },
    { ...SETTINGS, notifications: {} },
  ]
  for (const other of others) expect(settingsText(other)).not.toBe(settingsText(SETTINGS))
})
