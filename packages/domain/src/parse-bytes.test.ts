import { expect, test } from 'vitest'
import { parseBytes } from './parse-bytes.ts'

test.each([
  ['1', 1],
  ['500 b', 500],
  ['2GiB', 2 * 1024 ** 3],
  ['2gb', 2e9],
  ['1.5 KiB', 1536],
  ['4m', 4 * 1024 ** 2],
  ['0.1b', 1],
  [' 3 TB ', 3e12],
])('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

test.each([
  '',
  '0',
  '0 GB',
  'GB',
  '-1',
  '1e9',
  '1,5GB',
  '1 PB',
  '10%',
  '1ib',
  '99999999999999999',
  '9999999tb',
])('"%s" is no amount', (text) => expect(parseBytes(text)).toBeUndefined())
