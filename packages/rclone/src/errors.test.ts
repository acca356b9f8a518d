import { describe, expect, test } from 'vitest'
import { answerError, withoutSecrets } from './errors.ts'

const attempt = { doing: 'store packs/a', fs: 'nas:vault' }
const body = (error: string) =>
  JSON.stringify({ error, input: { fs: 'nas:', parameters: { pass: 'canary' } }, path: 'x', status: 500 })

describe('An error of rclone', () => {
  // Texts as rclone 1.60.1 and 1.7x print them.
  test.each([
    [404, 'object not found', 'OBJECT_MISSING'],
    [404, 'error in ListJSON: directory not found', 'OBJECT_MISSING'],
    [404, `couldn't find method "job/batch"`, 'RCLONE_OLD'],
    [500, "didn't find section in config file", 'REMOTE_UNKNOWN'],
    [500, 'corrupted on transfer: sizes differ 10 vs 5', 'REMOTE_LIES'],
    [500, 'corrupted on transfer: md5 encrypted hash differ src "a" vs dst "b"', 'REMOTE_LIES'],
    [500, 'failed to authenticate decrypted block - bad password?', 'REMOTE_LIES'],
    [500, 'failed to open source object: not an encrypted file - bad magic string', 'REMOTE_LIES'],
    [500, 'write /x: no space left on device', 'REMOTE_FULL'],
    [
      500,
      'googleapi: Error 403: The user has exceeded their Drive storage quota, storageQuotaExceeded',
      'REMOTE_FULL',
    ],
    [500, '507 Insufficient Storage', 'REMOTE_FULL'],
    [500, 'open /x: permission denied', 'REMOTE_DENIED'],
    [500, 'AccessDenied: Access Denied status code: 403', 'REMOTE_DENIED'],
    [500, "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate", 'REMOTE_DENIED'],
    [500, 'ssh: handshake failed: knownhosts: key mismatch', 'REMOTE_DENIED'],
    [500, "couldn't fetch token: invalid_grant: maybe token expired?", 'REMOTE_DENIED'],
    [500, 'dial tcp 10.0.0.1:22: connect: connection refused', 'REMOTE_UNREACHABLE'],
    [500, 'lookup nas.local: no such host', 'REMOTE_UNREACHABLE'],
  ])('%i %j becomes %s', (status, text, code) => {
    const error = answerError(status, body(text), attempt)
    expect(error.code).toBe(code)
    expect(error.message).toContain('store packs/a on "nas:vault"')
  })

  test('an answer that is no JSON is trouble on the way, also as a 404', () => {
    expect(answerError(404, 'Not Found', attempt).code).toBe('REMOTE_UNREACHABLE')
  })

  test.each(['hfvault0123456789abcdef:', 'hf-0123abcd:', 'hf-copy-0123abcd:'])(
    'names the vault where people know no remote %s',
    (fs) => {
      const { message } = answerError(500, body('connection refused'), { ...attempt, fs })
      expect(message).toContain('Could not store packs/a in the encrypted vault: ')
    },
  )

  test('never repeats what was sent', () => {
    const error = answerError(500, body('it failed'), attempt)
    expect(`${error.message}${JSON.stringify(error)}${String(error.cause)}`).not.toContain('canary')
  })
})

test.each([
  ['Get "https://user:canary@host/path?sig=canary#canary": refused', 'Get "https://host/path": refused'],
  ['dial ftp://user:can@ry@host/x: refused', 'dial ftp://host/x: refused'],
  ['Get https://host:8080/a/b?access_token=canary failed', 'Get https://host:8080/a/b failed'],
  ['bad option pass=canary here', 'bad option pass=… here'],
  ['{"token":"canary"}', '{"token":…}'],
  ['line one\nline two\u0007', 'line one line two'],
])('secrets are taken out of %j', (text, expected) => {
  expect(withoutSecrets(text)).toBe(expected)
})
