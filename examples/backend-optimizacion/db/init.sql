-- Crear base de datos si no existe
CREATE DATABASE IF NOT EXISTS backend_optimizacion 
CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Usar la base de datos
USE backend_optimizacion;

-- Crear usuario si no existe
CREATE USER IF NOT EXISTS 'backend_user'@'%' IDENTIFIED BY 'user_password';

-- Asignar permisos
GRANT ALL PRIVILEGES ON backend_optimizacion.* TO 'backend_user'@'%';

-- Crear usuario para conexiones externas
CREATE USER IF NOT EXISTS 'backend_user'@'localhost' IDENTIFIED BY 'user_password';
GRANT ALL PRIVILEGES ON backend_optimizacion.* TO 'backend_user'@'localhost';

-- Aplicar cambios
FLUSH PRIVILEGES;

-- Verificar usuarios creados
SELECT User, Host FROM mysql.user WHERE User = 'backend_user';

-- Verificar base de datos
SHOW DATABASES LIKE 'backend_optimizacion';
