# SPDX-License-Identifier: BSD-3-Clause
# needs: php
# PHP asks for RTLD_DEEPBIND, with which an extension's malloc would be libc's (docs/preload.md). With
# pdo, phar and tokenizer blocks cross.
folder=$(php -n -r 'echo ini_get("extension_dir");')
set --
for name in calendar ctype exif ffi fileinfo ftp gettext iconv pdo phar posix readline shmop sockets sysvmsg tokenizer; do
    if [ -f "$folder/$name.so" ]; then set -- "$@" -d "extension=$name"; fi
done
cat >work.php <<'PHP'
<?php
echo implode(" ", get_loaded_extensions()), "\n";
$have = fn($name) => extension_loaded($name);
if ($have("fileinfo")) echo (new finfo(FILEINFO_MIME))->file(__FILE__), "\n";
if ($have("iconv")) echo bin2hex(iconv("UTF-8", "UTF-16LE", str_repeat("\u{e9}", 2000))) === str_repeat("e900", 2000), "\n";
if ($have("sockets")) {
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
    socket_write($pair[0], str_repeat("x", 5000));
    echo strlen(socket_read($pair[1], 5000)), "\n";
    echo count(socket_addrinfo_lookup("127.0.0.1", "80")) > 0, "\n";
}
if ($have("posix")) echo posix_getpwuid(0)["name"], " ", posix_getpid() == getmypid(), "\n";
if ($have("ffi")) echo FFI::cdef("size_t strlen(const char *);")->strlen("twelve chars"), "\n";
if ($have("calendar")) echo jdmonthname(cal_to_jd(CAL_GREGORIAN, 2, 3, 2001), 1), "\n";
if ($have("phar")) {
    $archive = new PharData("work.tar");
    for ($i = 0; $i < 200; $i++) $archive["file $i"] = str_repeat("text $i", $i);
    echo count($archive), " ", strlen($archive["file 100"]->getContent()), "\n";
    unlink("work.tar");
}
if ($have("tokenizer")) echo count(token_get_all(file_get_contents(__FILE__))), "\n";
if ($have("pdo")) {
    try { new PDO("none:"); } catch (PDOException $e) { echo $e->getMessage(), "\n"; }
}
PHP
php -n "$@" work.php
USE_ZEND_ALLOC=0 php -n "$@" work.php
