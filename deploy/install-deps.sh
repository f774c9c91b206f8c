#!/bin/sh
# Installs the Debian packages that a step needs and that are missing; prints nothing when none are.
# usage: install-deps.sh build|test|bench
set -eu

build="gcc make pkg-config libc6-dev libpcap-dev libndpi-dev libcjson-dev libssl-dev libxxhash-dev
	libzstd-dev zlib1g-dev libcurl4-openssl-dev libmicrohttpd-dev libncurses-dev
	tzdata
	clang bpftool libbpf-dev libelf-dev libnl-3-dev linux-libc-dev
	libcap-ng-dev libseccomp-dev"
test="$build libcmocka-dev libclang-rt-14-dev llvm-14 clang-format-14 tshark python3
	python3-jsonschema tcpdump zstd git openssl iproute2 ethtool procps nftables
	systemd logrotate nginx-light openssh-server openssh-client curl iperf3 iputils-ping"
bench="$build tcpdump tshark softflowd nfdump argus-server libndpi-bin time python3 linux-perf valgrind"

case "${1:-}" in
build) wanted=$build ;;
test) wanted=$test ;;
bench) wanted=$bench ;;
*)
	echo "usage: $0 build|test|bench" >&2
	exit 2
	;;
esac

missing=
for package in $wanted; do
	dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ "$1" != bench ] || command -v suricata >/dev/null || missing="$missing suricata"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	echo "these Debian packages are missing and only root can install them:$missing" >&2
	exit 1
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive

# The tests start servers themselves, in network namespaces, and the benchmark starts what it measures. Debian
# starts what comes with a package, at once and at each boot; what is installed here must not run by itself.
policy=/usr/sbin/policy-rc.d
case "$missing" in
*nginx-light* | *openssh-server* | *argus-server* | *nfdump*)
	if [ ! -e $policy ]; then
		trap '$as_root rm -f $policy' EXIT
		printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
		$as_root chmod 755 $policy
	fi
	;;
esac

# Suricata is in Debian's backports only. They are read for this one call, from the mirror that is set
# up already, and the machine's own list of sources stays as it is. Without them the benchmark says
# that Suricata was not measured.
case "$missing" in
*suricata*)
	missing=${missing% suricata}
	mirror=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list \
		/etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
	list=$(mktemp)
	cat /etc/apt/sources.list >"$list" 2>/dev/null || true
	echo "deb ${mirror:-http://deb.debian.org/debian} bookworm-backports main" >>"$list"
	$as_root apt-get -o Dir::Etc::SourceList="$list" update -qq
	$as_root apt-get -o Dir::Etc::SourceList="$list" install -y -qq --no-install-recommends \
		-t bookworm-backports suricata >/dev/null ||
		echo "suricata cannot be installed: it will not be measured" >&2
	rm -f "$list"
	[ -n "$missing" ] || exit 0
	;;
esac
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
for unit in nginx:nginx-light ssh:openssh-server; do
	case "$missing" in
	*"${unit#*:}"*)
		! command -v systemctl >/dev/null || $as_root systemctl disable -q "${unit%%:*}" 2>/dev/null || true
		;;
	esac
done
