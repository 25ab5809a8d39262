import {
  Monitoring,
  publish,
  read,
  type StackProps,
  stacks,
  TidewayStack,
} from '@tideway/constructs'
import type { Construct } from 'constructs'
import { Alarms } from './alarms'
import { AppSecret } from './app-secret'
import { Assets } from './assets'
import { Cache } from './cache'
import { Database } from './database'
import { LogBucket } from './log-bucket'
import { checkSettings, type DataSettings } from './settings'

export class DataStack extends TidewayStack<'data'> {
  constructor(scope: Construct, { environment, settings }: StackProps<DataSettings>) {
    super(scope, 'data', { environment, owner: stacks.data.owner })
    checkSettings(settings, environment)

    const network = read(this, 'network')
    const monitoring = new Monitoring(this, 'monitoring')
    const logs = new LogBucket(this, 'logs')
    const assets = new Assets(this, 'assets', { logs })
    const placement = {
      vpcId: network.vpc_id,
      subnetIds: network.isolated_subnet_ids,
      logKeyArn: monitoring.keyArn,
    }
    const database = new Database(this, 'database', { ...placement, ...settings.database })
    const appSecret = new AppSecret(this, 'app-secret', { database })
    const cache = new Cache(this, 'cache', { ...placement, ...settings.cache })
    new Alarms(this, 'alarms', { topicArn: monitoring.alarmTopicArn, database, cache })

    publish(this, {
      database_endpoint: database.endpoint,
      database_reader_endpoint: database.readerEndpoint,
      database_port: database.port,
      database_name: database.databaseName,
      database_resource_id: database.resourceId,
      database_client_security_group_id: database.clientSecurityGroupId,
      database_master_secret_arn: database.masterSecretArn,
      database_app_secret_arn: appSecret.arn,
      database_key_arn: database.keyArn,
      cache_endpoint: cache.endpoint,
      cache_reader_endpoint: cache.readerEndpoint,
      cache_port: cache.port,
      cache_arn: cache.arn,
      cache_user_arn: cache.userArn,
      cache_user_name: cache.userName,
      cache_client_security_group_id: cache.clientSecurityGroupId,
      assets_bucket_name: assets.bucket.name,
      assets_bucket_arn: assets.bucket.arn,
      assets_bucket_domain_name: assets.bucket.domainName,
      assets_key_arn: assets.keyArn,
      logs_bucket_name: logs.bucket.name,
      logs_bucket_arn: logs.bucket.arn,
    })
  }
}
