import { Problems } from '../src/delivery/problems'

function problemsOf(messages: readonly string[], part = 'target group api') {
  let now = 0
  const problems = new Problems(() => now)
  for (const message of messages) {
    problems.add(part, message)
    now += 1000
  }
  return problems.all
}

it('lists a problem of many targets, pages and tasks once, with the first as an example', () => {
  const resets = [19, 7, 3].map((each) => `target 10.0.0.${each}:8080 (draining) is closed`)
  const pages = [1, 22].map((each) => `no rule matches GET shop.example/items/page-${each}: rule 1`)
  const tasks = ['0', '1'].map((each) => `task ${each.repeat(32)} ended`)
  expect(problemsOf([...resets, ...pages, ...tasks])).toMatchObject([
    { message: resets[0], at: 0, lastAt: 2000, count: 3 },
    { message: pages[0], count: 2 },
    { message: tasks[0], count: 2 },
  ])
})

it('keeps problems apart that need different changes', () => {
  const messages = [
    'nothing listens on port 8080',
    'nothing listens on port 8081',
    'Health checks failed with these codes: [404]',
    'Health checks failed with these codes: [500]',
    'rule 1000 requires a header',
    'rule 1001 requires a header',
  ]
  expect(problemsOf(messages)).toHaveLength(messages.length)
})

it('forgets the oldest of too many', () => {
  const all = problemsOf(Array.from({ length: 600 }, (_, index) => `no rule ${index} here`))
  expect(all).toHaveLength(500)
  expect(all[0]?.message).toBe('no rule 100 here')
})
