import { HoldfastError } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { logText, redacted } from './log-text.ts'

const at = new Date('2026-11-22T12:00:00.000Z')
const CANARY = 'canary-7f3a9c'

test('a line is one JSON object with its time, level and text', () => {
  const text = logText({ level: 'warn', text: 'two\nlines' }, { form: 'json', at })
  expect(text.trimEnd()).not.toContain('\n')
  expect(JSON.parse(text)).toEqual({ at: at.toISOString(), level: 'warn', text: 'two\nlines' })
})

test('an error is told by its code and message, not by its causes', () => {
  const error = new HoldfastError('REMOTE_DENIED', 'It was refused.', { cause: new Error(`body: ${CANARY}`) })
  const line = logText({ level: 'error', text: 'Failed.', error }, { form: 'json', at })
  expect(JSON.parse(line)).toMatchObject({ error: { code: 'REMOTE_DENIED', message: 'It was refused.' } })
  expect(line).not.toContain(CANARY)
  expect(logText({ level: 'error', text: 'Failed.', error }, { form: 'text', at })).not.toContain(CANARY)
})

test.each([
  `GET https://ada:${CANARY}@example.com/x failed`,
  `GET https://${CANARY}@example.com/x failed`,
  `POST https://example.com/hook?key=${CANARY}#${CANARY}`,
  `Authorization: Bearer ${CANARY}.${CANARY}`,
  `authorization=${CANARY}`,
  `{"password":"${CANARY}","pass2": "${CANARY} \\" ${CANARY}"}`,
  `passphrase: ${CANARY}`,
  `client_secret = '${CANARY} with spaces'`,
  `access_token=${CANARY}&x=1`,
  `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
])('no secret is printed: %s', (text) => {
  expect(redacted(text)).not.toContain(CANARY)
  const error = new Error(text)
  for (const form of ['text', 'json'] as const)
    expect(logText({ level: 'error', text, error }, { form, at })).not.toContain(CANARY)
})

test('what is no secret stays', () => {
  const text = 'The request /api/trpc/run.list failed at /home/ada/tokens.txt: 3 files, https://example.com/a'
  expect(redacted(text)).toBe(text)
})
