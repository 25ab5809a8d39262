import { createHash } from 'node:crypto'
import { toHtml } from '../src/render/html'
import { script, style } from '../src/render/page-style'
import { hostile, reviewWith } from './hostile-review'
import { planOf, reviewOf } from './plans'

const plan = planOf([
  { type: 'aws_rds_cluster', before: { a: 1 } },
  { type: 'aws_eip', before: { a: 1 }, after: { a: 2 } },
])

describe('the page', () => {
  const page = toHtml(reviewOf(plan, { failOn: 'high' }, { owners: ['@acme/data'] }))

  it('is one file that loads nothing from the network', () => {
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|https?:/)
    expect(page).toContain("default-src 'none'")
  })

  it('runs its own script and style, and no other', () => {
    for (const content of [script, style]) {
      expect(page).toContain(`sha256-${createHash('sha256').update(content).digest('base64')}`)
      expect(page).toContain(`>${content}<`)
    }
  })

  it('has the verdict first, then what to decide, then the rest', () => {
    const places = [
      '<h1',
      '>Decide first<',
      'a database is destroyed',
      '@acme/data</code></td>',
      '>Findings<',
      'Every change',
    ].map((part) => page.indexOf(part))
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(places[0]).toBeGreaterThan(0)
    expect(page).toContain('Plan review: failed')
  })

  it('is deterministic', () => {
    expect(toHtml(reviewOf(plan, { failOn: 'high' }, { owners: ['@acme/data'] }))).toBe(page)
  })

  it('shows text from outside as text', () => {
    const tag = /<[/!]?([a-z0-9]+)(?: [a-z-]+(?:="[^"<>]*")?)*>/g
    const partsOf = (text: string) => {
      const shown = toHtml(reviewWith(text))
        .replace(`<style>${style}</style>`, '')
        .replace(`<script>${script}</script>`, '')
      const tags = [...shown.matchAll(tag)].map(([whole]) => whole.replace(/="[^"]*"/g, ''))
      // Nothing that is left may begin or end a tag, or be invisible.
      const left = shown.replace(tag, '').match(/[<>]|(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{DI}]/gu) ?? []
      return new Set([...tags, ...left])
    }
    const tame = partsOf('x')
    const found = hostile.flatMap((_, at) =>
      at % 8 === 0 ? [...partsOf(hostile.slice(at, at + 8).join(''))] : [],
    )
    expect(found.filter((part) => !tame.has(part))).toEqual([])
  })

  it.each([
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='x",
    '&lt;b&gt;',
    '\u202Ereversed',
    '\u0000',
  ])('does not execute a value: %j', (text) => {
    const evil = planOf([
      {
        type: 'aws_rds_cluster',
        address: `aws_rds_cluster.it["${text}"]`,
        before: { [text]: text },
        after: { [text]: 'x', v: text },
        actions: ['delete', 'create'],
        replacePaths: [[text]],
      },
    ])
    const shown = toHtml(reviewOf(evil, {}, { stack: text, owners: [text] }))
    // The same tags as with a harmless value.
    const tame = toHtml(
      reviewOf(
        planOf([
          {
            type: 'aws_rds_cluster',
            address: 'aws_rds_cluster.it["t"]',
            before: { t: 't' },
            after: { t: 'x', v: 't' },
            actions: ['delete', 'create'],
            replacePaths: [['t']],
          },
        ]),
        {},
        { stack: 't', owners: ['t'] },
      ),
    )
    const tagsIn = (html: string) => html.match(/<[a-z/!][^>]*?(?=[\s>])/g)
    expect(tagsIn(shown)).toEqual(tagsIn(tame))
    expect(shown).not.toMatch(/[\u202E\0]/)
  })
})
