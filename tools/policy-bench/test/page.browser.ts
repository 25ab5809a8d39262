import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  horizontalScrollOf,
  launchBrowser,
  monitoredPage,
  violationsOf,
} from '@tideway/plan-review/browser'
import type { Browser, Page } from 'playwright-core'
import { pageOf } from '../src/page/page'
import { sampleRun } from './sample-run'

// `npm test` runs these if the machine has a browser.
const folder = mkdtempSync(join(tmpdir(), 'tideway-comparison-'))
const file = join(folder, 'report.html')
const problems: string[] = []
let browser: Browser

beforeAll(async () => {
  writeFileSync(file, pageOf(await sampleRun()))
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true })
})

async function open(width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  problems.length = 0
  const viewport = { width, height: 900 }
  const page = await monitoredPage(browser, problems, 'file:', { viewport, colorScheme })
  await page.goto(`file://${file}`)
  await page.locator('html[data-ready]').waitFor()
  return page
}

it.each([
  [390, 'light'],
  [1440, 'dark'],
] as const)('passes the checks of axe at %d px, in %s', async (width, scheme) => {
  const page = await open(width, scheme)
  expect(await violationsOf(page)).toEqual([])
  expect(await horizontalScrollOf(page)).toBe(0)
  expect(problems).toEqual([])
  await page.close()
})

it('sorts, filters, zooms and shows a moment by keyboard', async () => {
  const page = await open(1440, 'light')
  const policyCells = () => page.locator('#rows tbody td:nth-child(2)').allTextContents()
  await page.locator('#filters select').nth(0).selectOption('1')
  await page.getByRole('button', { name: 'failed per million' }).press('Enter')
  await page.getByRole('button', { name: 'failed per million' }).press('Enter')
  await page.locator('#rows tbody tr:first-child', { hasText: 'ecs-only' }).waitFor()
  await page.locator('#filters select').nth(1).selectOption({ label: 'tideway' })
  await page.locator('#rows tbody tr:only-child', { hasText: /tideway(?!-)/ }).waitFor()
  expect(await policyCells()).toEqual(['tideway'])
  await page.getByRole('button', { name: 'Show the timeline of' }).press('Enter')
  // The focus moves once the page has drawn.
  await page.locator(':focus', { hasText: /^tideway$/ }).waitFor()
  await page.getByLabel('Moment').fill('1800')
  const readout = page.locator('article.tideway .readout')
  await readout.getByText('00:30:00: 3 desired, 0 on Spot, 3 on demand, 0.0 failed').waitFor()
  await page.getByRole('button', { name: 'Zoom in' }).press('Enter')
  await page.locator('#moment-text', { hasText: 'shown: 00:15:00 to 00:45:00' }).waitFor()
  await page.locator('#points g[role=img]').first().focus()
  await page.locator('#point', { hasText: 'failed requests per million' }).waitFor()
  expect(problems).toEqual([])
  await page.close()
})
