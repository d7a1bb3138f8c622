// Keys and environment variables of RabbitMQ that are taken without a complaint and change nothing
// here, each with the reason. A key ending in `.*` stands for everything below it.

export interface AcceptedKey {
  readonly key: string
  readonly reason: string
}

const erlang = 'belongs to the Erlang runtime, which is not used here'
const cluster = 'the broker runs on one node'
const notServed = 'the protocol is not served'

/** What Erlang's TLS can be told besides, under each of the three prefixes. */
const tlsKeys: readonly AcceptedKey[] = ['ssl_options', 'management.ssl', 'prometheus.ssl'].flatMap(
  (prefix) =>
    [
      { name: 'honor_ecc_order', reason: 'the order of elliptic curves is left to OpenSSL' },
      { name: 'secure_renegotiate', reason: 'renegotiation is always secure' },
      { name: 'client_renegotiation', reason: 'Node.js limits renegotiation by itself' },
      { name: 'reuse_sessions', reason: 'sessions are always resumed by tickets' },
      { name: 'log_alert', reason: 'failed handshakes are always logged' },
      { name: 'dhfile', reason: 'keys are agreed on by elliptic curves' },
      { name: 'dh', reason: 'keys are agreed on by elliptic curves' },
    ].map(({ name, reason }) => ({ key: `${prefix}.${name}`, reason })),
)

export const acceptedKeys: readonly AcceptedKey[] = [
  ...tlsKeys,
  {
    key: 'consumer_timeout',
    reason:
      'off for the whole broker, so that long jobs may take their time; a queue has x-consumer-timeout, a policy consumer-timeout',
  },
  {
    key: 'initial_frame_max',
    reason: 'frames before tuning are limited to 8192 bytes in any case',
  },
  { key: 'default_consumer_prefetch', reason: 'clients choose their prefetch with basic.qos' },
  { key: 'default_queue_type', reason: 'queues declared without a type are classic' },
  { key: 'queue_types.*', reason: 'all queue types are always on' },
  { key: 'queue_leader_locator', reason: cluster },
  { key: 'queue_master_locator', reason: cluster },
  { key: 'quorum_queue.*', reason: 'quorum queues have no Raft settings here' },
  { key: 'raft.*', reason: 'quorum queues have no Raft settings here' },
  { key: 'stream.*', reason: notServed },
  { key: 'classic_queue.*', reason: 'there is one storage format' },
  { key: 'deprecated_features.*', reason: 'nothing that RabbitMQ deprecates is switched off here' },
  { key: 'cluster_formation.*', reason: cluster },
  { key: 'cluster_partition_handling', reason: cluster },
  { key: 'cluster_keepalive_interval', reason: cluster },
  { key: 'mirroring_sync_batch_size', reason: cluster },
  { key: 'mirroring_flow_control', reason: cluster },
  {
    key: 'vm_memory_high_watermark_paging_ratio',
    reason: 'messages leave memory by warren.memory_budget',
  },
  {
    key: 'vm_memory_calculation_strategy',
    reason: 'the resident size of the process is always used',
  },
  { key: 'memory_monitor_interval', reason: 'memory is looked at every second' },
  { key: 'msg_store_file_size_limit', reason: 'the store chooses its segment size' },
  { key: 'queue_index_embed_msgs_below', reason: 'there is one storage format' },
  { key: 'background_gc_enabled', reason: erlang },
  { key: 'background_gc_target_interval', reason: erlang },
  { key: 'collect_statistics', reason: 'statistics are always on' },
  { key: 'hipe_compile', reason: erlang },
  { key: 'num_acceptors.*', reason: erlang },
  { key: 'socket_writer.*', reason: erlang },
  { key: 'net_ticktime', reason: erlang },
  { key: 'distribution.*', reason: erlang },
  { key: 'schema_definition_sync.*', reason: cluster },
  { key: 'reverse_dns_lookups', reason: 'addresses are shown as numbers' },
  { key: 'proxy_protocol', reason: 'the PROXY protocol is not read yet' },
  { key: 'proxy_protocol.*', reason: 'the PROXY protocol is not read yet' },
  { key: 'password_hashing_module', reason: 'new passwords are hashed with SHA-256' },
  { key: 'credential_validator.*', reason: 'any password is accepted' },
  { key: 'auth_backends.*', reason: 'users are kept in the broker itself' },
  { key: 'auth_oauth2.*', reason: 'users are kept in the broker itself' },
  { key: 'auth_ldap.*', reason: 'users are kept in the broker itself' },
  { key: 'auth_http.*', reason: 'users are kept in the broker itself' },
  { key: 'auth_cache.*', reason: 'users are kept in the broker itself' },
  { key: 'anonymous_login_user', reason: 'there is no anonymous login' },
  { key: 'anonymous_login_pass', reason: 'there is no anonymous login' },
  { key: 'prometheus.authentication.*', reason: 'the metrics listener asks for no password' },
  { key: 'management.rates_mode', reason: 'rates are always sampled for each object' },
  {
    key: 'definitions.skip_if_unchanged',
    reason: 'an import changes nothing that is already as it says',
  },
  { key: 'tcp_listen_options.nodelay', reason: 'small writes always leave at once' },
  { key: 'tcp_listen_options.*', reason: 'the operating system’s choice is kept' },
  { key: 'management.http_log_dir', reason: 'requests are logged with the rest, at level debug' },
  { key: 'management.login_session_timeout', reason: 'the page keeps no session' },
  { key: 'management.disable_stats', reason: 'statistics are always on' },
  { key: 'management.disable_basic_auth', reason: 'basic authentication is the only one' },
  {
    key: 'management.sample_retention_policies.*',
    reason: 'charts keep a fixed number of samples',
  },
  { key: 'management.cors.max_age', reason: 'browsers use their own default' },
  { key: 'management.csp.*', reason: 'the page’s policy is fixed and strict' },
  { key: 'management.hsts.*', reason: 'a reverse proxy can add headers' },
  { key: 'management.headers.*', reason: 'a reverse proxy can add headers' },
  { key: 'management.oauth_*', reason: 'users are kept in the broker itself' },
  { key: 'management_agent.*', reason: 'the counters cost too little to switch off' },
  { key: 'definitions.import_backend', reason: 'definitions come from files' },
  { key: 'definitions.*', reason: 'definitions come from files' },
  { key: 'session_max_per_connection', reason: notServed },
  { key: 'link_max_per_session', reason: notServed },
  { key: 'log.exchange', reason: 'there is no amq.rabbitmq.log exchange' },
  { key: 'log.exchange.*', reason: 'there is no amq.rabbitmq.log exchange' },
  { key: 'log.syslog', reason: 'systemd and container engines pass standard error on' },
  { key: 'log.syslog.*', reason: 'systemd and container engines pass standard error on' },
  { key: 'log.journald', reason: 'systemd passes standard error on' },
  { key: 'log.file.rotation.*', reason: 'use logrotate' },
  { key: 'log.file.formatter', reason: 'a log file is always JSON' },
  { key: 'log.console.formatter.*', reason: 'the line format is fixed' },
  {
    key: 'log.console.use_colors',
    reason: 'colours are used on terminals, unless NO_COLOR is set',
  },
  { key: 'mqtt.*', reason: notServed },
  { key: 'stomp.*', reason: notServed },
  { key: 'web_mqtt.*', reason: notServed },
  { key: 'web_stomp.*', reason: notServed },
  { key: 'amqp1_0.*', reason: notServed },
  { key: 'federation.*', reason: 'there is no federation' },
  { key: 'shovel.*', reason: 'there are no shovels' },
  { key: 'trace_files_directory', reason: 'there is no tracing plugin' },
  { key: 'plugins.*', reason: 'everything is built in' },
  { key: 'node_tags.*', reason: cluster },
  { key: 'product.name', reason: 'use warren.product' },
  { key: 'product.version', reason: 'use warren.version' },
  { key: 'motd_file', reason: 'three lines are printed at the start, not a banner' },
]

export const acceptedVariables: readonly AcceptedKey[] = [
  { key: 'RABBITMQ_ERLANG_COOKIE', reason: erlang },
  { key: 'RABBITMQ_USE_LONGNAME', reason: erlang },
  { key: 'RABBITMQ_DIST_PORT', reason: erlang },
  { key: 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS', reason: erlang },
  { key: 'RABBITMQ_SERVER_ERL_ARGS', reason: erlang },
  { key: 'RABBITMQ_CTL_ERL_ARGS', reason: erlang },
  { key: 'RABBITMQ_IO_THREAD_POOL_SIZE', reason: erlang },
  {
    key: 'RABBITMQ_ADVANCED_CONFIG_FILE',
    reason: 'holds Erlang terms; use the keys of rabbitmq.conf',
  },
  { key: 'RABBITMQ_CONF_ENV_FILE', reason: 'is a shell script; set the variables themselves' },
  { key: 'RABBITMQ_PLUGINS_DIR', reason: 'everything is built in' },
  { key: 'RABBITMQ_ENABLED_PLUGINS', reason: 'everything is built in' },
  { key: 'RABBITMQ_ENABLED_PLUGINS_FILE', reason: 'everything is built in' },
  { key: 'RABBITMQ_PLUGINS_EXPAND_DIR', reason: 'everything is built in' },
  { key: 'RABBITMQ_FEATURE_FLAGS', reason: 'all features are always on' },
  { key: 'RABBITMQ_PID_FILE', reason: 'the supervisor knows the process' },
  {
    key: 'RABBITMQ_VM_MEMORY_HIGH_WATERMARK',
    reason: 'use vm_memory_high_watermark in rabbitmq.conf',
  },
]
