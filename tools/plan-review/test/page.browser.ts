import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { assemble } from '../src/assemble'
import { readPlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { horizontalScrollOf, launchBrowser, monitoredPage, violationsOf } from './browser'
import { awsCases, plainCases } from './plan-cases'
import { options, originOf, planOf } from './plans'

// `npm test` runs these if the machine has a browser.
const folder = mkdtempSync(join(tmpdir(), 'tideway-page-'))
let browser: Browser

/** Writes a page, and returns its URL. */
function fileOf(name: string, html: string): string {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, html)
  return `file://${file}`
}

const plans = Object.keys({ ...plainCases, ...awsCases }).map((name) => ({
  plan: readPlan(join(__dirname, 'plans', `${name}.json`)),
  origin: originOf({ stack: name, owners: ['@acme/platform'] }),
}))
const rich = fileOf('rich', toHtml(assemble(plans, { ...options, failOn: 'high' })))
const many = fileOf(
  'many',
  toHtml(
    assemble(
      [
        {
          plan: planOf(
            Array.from({ length: 10_000 }, (_, index) => ({
              type: 'aws_thing',
              address: `aws_thing.n${index}`,
              before: { a: 1 },
              after: { a: 2 },
            })),
          ),
          origin: originOf(),
        },
      ],
      options,
    ),
  ),
)

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true })
})

const problems: string[] = []

async function open(
  url: string,
  width: number,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Page> {
  problems.length = 0
  const options = { viewport: { width, height: 900 }, colorScheme }
  const page = await monitoredPage(browser, problems, 'file:', options)
  await page.goto(url)
  return page
}

const shownRows = (page: Page) => page.locator('.row:not([hidden])').count()
const countOf = (page: Page) => page.locator('output').textContent()

describe.each([390, 1440])('the page at %d px', (width) => {
  it.each(['light', 'dark'] as const)('has no accessibility violations, in %s', async (scheme) => {
    const page = await open(rich, width, scheme)
    expect(await violationsOf(page)).toEqual([])
    expect(problems).toEqual([])
    await page.close()
  })

  it('does not scroll horizontally', async () => {
    const page = await open(rich, width)
    expect(await horizontalScrollOf(page)).toBe(0)
    await page.close()
  })
})

describe('the filters', () => {
  it('work by keyboard, and show the number of matching rows', async () => {
    const page = await open(rich, 1440)
    const all = await shownRows(page)
    await page.locator('input[type=search]').focus()
    await page.keyboard.type('versioning-suspended')
    const matching = await shownRows(page)
    expect(matching).toBeGreaterThan(0)
    expect(matching).toBeLessThan(all)
    expect(await countOf(page)).toBe(`${matching} of ${all} findings and changes`)
    await page.keyboard.type(' and more words without a match')
    expect(await countOf(page)).toBe('Nothing matches.')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    expect(await shownRows(page)).toBe(all)
    await page.close()
  })

  it('show one stack or severity, and hide empty headings', async () => {
    const page = await open(rich, 1440)
    await page.selectOption('select[name=stack]', 'key-destroyed')
    expect(
      await page
        .locator('.row:not([hidden])')
        .evaluateAll((rows) => [...new Set(rows.map((row) => row.getAttribute('data-stack')))]),
    ).toEqual(['key-destroyed'])
    expect(await page.locator('section[data-group]:not([hidden])').count()).toBe(2)
    await page.selectOption('select[name=severity]', 'low')
    expect(await countOf(page)).toBe('Nothing matches.')
    await page.close()
  })

  it('work on ten thousand changes', async () => {
    const page = await open(many, 1440)
    await page.fill('input[type=search]', 'n9999')
    expect(await countOf(page)).toBe('1 of 10000 findings and changes')
    expect(problems).toEqual([])
    await page.close()
  })
})

it('opens a change by keyboard', async () => {
  const page = await open(rich, 390)
  const first = page.locator('details.row').first()
  await first.locator('summary').focus()
  await page.keyboard.press('Enter')
  expect(await first.evaluate((element) => element.hasAttribute('open'))).toBe(true)
  await page.close()
})

it('shows everything without its script', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(rich)
  expect(await page.locator('form').isVisible()).toBe(false)
  expect(await page.getByText('data-destroyed').first().isVisible()).toBe(true)
  await context.close()
})
