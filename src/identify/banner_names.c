#include "identify/banner.h"

static const char *const names[APPS] = {
	[APP_UNKNOWN] = "failed", [APP_TLS] = "tls",         [APP_QUIC] = "quic",
	[APP_DNS] = "dns",        [APP_HTTP] = "http",       [APP_HTTP2] = "http2",
	[APP_SSH] = "ssh",        [APP_RDP] = "rdp",         [APP_SMB] = "smb",
	[APP_POSTGRES] = "pgsql", [APP_MYSQL] = "mysql",     [APP_REDIS] = "redis",
	[APP_FTP] = "ftp",        [APP_SMTP] = "smtp",       [APP_IMAP] = "imap",
	[APP_POP3] = "pop3",      [APP_TELNET] = "telnet",   [APP_LDAP] = "ldap",
	[APP_MSSQL] = "mssql",    [APP_MONGODB] = "mongodb", [APP_AMQP] = "amqp",
	[APP_MQTT] = "mqtt",      [APP_VNC] = "rfb",         [APP_NTP] = "ntp",
	[APP_MDNS] = "mdns",      [APP_LLMNR] = "llmnr",     [APP_SSDP] = "ssdp",
	[APP_ICMP] = "icmp",      [APP_ICMPV6] = "icmpv6",   [APP_SOCKS] = "socks",
};

const char *app_name(enum app app)
{
	return (unsigned)app < APPS && names[app] ? names[app] : names[APP_UNKNOWN];
}
