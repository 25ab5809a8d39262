import { referenceAt, resourceAt } from '@tideway/constructs/testing'
import { compute, keyRef } from './fixture'

const json = compute()

describe('the work queue', () => {
  const queue = resourceAt(json, 'aws_sqs_queue', 'work-queue/queue')
  const deadLetters = resourceAt(json, 'aws_sqs_queue', 'work-queue/dead-letters')

  it('sets aside what five tries could not process, and keeps that longer', () => {
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: referenceAt(json, 'aws_sqs_queue', 'work-queue/dead-letters', 'arn'),
      maxReceiveCount: 5,
    })
    expect(deadLetters.message_retention_seconds).toBeGreaterThan(queue.message_retention_seconds)
    expect(deadLetters).not.toHaveProperty('redrive_policy')
  })

  it('gives a consumer two minutes, and lets it wait for messages', () => {
    expect(queue.visibility_timeout_seconds).toBe(120)
    expect(queue.receive_wait_time_seconds).toBe(20)
  })

  it.each(['queue', 'dead-letters'])('encrypts the %s with its key', (part) => {
    const block = resourceAt(json, 'aws_sqs_queue', `work-queue/${part}`)
    expect(block.kms_master_key_id).toBe(keyRef(json, 'work-queue/key'))
  })
})
