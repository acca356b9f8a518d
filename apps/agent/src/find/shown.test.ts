import { expect, test } from 'vitest'
import { shownAs } from './shown.ts'

const text = (bytes: Uint8Array, cut = false) => {
  const shown = shownAs(bytes, { cut })
  return shown.kind === 'text' ? `${shown.encoding}: ${shown.text}` : shown.kind
}

test.each([
  ['utf-8: Grüße\n', Buffer.from('Grüße\n')],
  ['utf-8: ', Buffer.alloc(0)],
  ['windows-1252: Grüße aus Köln, bis bald', Buffer.from('Grüße aus Köln, bis bald', 'latin1')],
  ['utf-16le: plain words', Buffer.from('plain words', 'utf16le')],
  ['utf-16le: marked', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('marked', 'utf16le')])],
  ['none', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 3, 0, 62])],
  ['none', Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 37) % 256))],
])('reads %s', (wanted, bytes) => {
  expect(text(bytes)).toBe(wanted)
})

test('a character that was cut in the middle is left out', () => {
  const bytes = Buffer.from('a naïve €')
  for (const length of [4, bytes.length - 1, bytes.length - 2])
    expect(text(bytes.subarray(0, length), true)).toMatch(/^utf-8: a na(ïve )?$/)
})

test('a picture is one by its bytes, never by its name, and drawings that run are none', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  expect(shownAs(png, { cut: true })).toEqual({ kind: 'image', type: 'image/png' })
  expect(shownAs(Buffer.from('<svg onload="alert(1)"/>'), { cut: false }).kind).toBe('text')
  expect(shownAs(Buffer.from('%PDF-1.7\n\0\0\0'), { cut: false }).kind).toBe('none')
})
